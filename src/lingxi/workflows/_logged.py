"""Slates that were shown, as moments to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.ports.catalog import Catalog
from lingxi.ports.slates import Slates
from lingxi.workflows._rehearsal import Told
from lingxi.workflows.judge import JUDGED

ENOUGH: Final = 2_000
"""Slates that were answered: with fewer, days that are lived through again teach more."""
MOST: Final = 200_000


def logged(slates: Slates | None, catalog: Catalog, numbers: Mapping[str, int], since: int, until: int) -> Told | None:
    """The slates of `home` that known shoppers were shown in `since`–`until` (µs UTC), in order of time; None where
    they are too few. `numbers` are the items' by their ids."""
    if slates is None:
        return None
    shoppers = {name: number for number, name in enumerate(catalog.shopper_ids())}
    told: list[tuple[int, int, npt.NDArray[np.int32]]] = []
    for row in slates.between(since, until):
        shopper = shoppers.get(f"u:{row.user}" if row.user is not None else f"s:{row.session}", -1)
        if row.slate.surface == JUDGED and shopper >= 0:
            items = [numbers[pick.item] for pick in row.slate.picks if pick.item in numbers]
            told.append((row.at, shopper, np.array(items, dtype=np.int32)))
        if len(told) >= MOST:
            break
    if len(told) < ENOUGH:
        return None
    told.sort(key=lambda each: each[:2])
    when, who = (np.array([each[place] for each in told], dtype=np.int64) for place in (0, 1))
    return Told(when, who.astype(np.int32), [each[2] for each in told])
