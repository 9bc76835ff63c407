"""The shoppers' traits as training reads them: those that are not sensitive, as they stand today."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import People
from lingxi.domain.traits import traits_of
from lingxi.ports.catalog import Catalog

AT_ONCE: Final = 5_000


def people_of(catalog: Catalog) -> People:
    """The traits of every posted shopper, by shopper number."""
    numbers = {name[2:]: number for number, name in enumerate(catalog.shopper_ids()) if name.startswith("u:")}
    ids, found = list(numbers), dict[int, npt.NDArray[np.int32]]()
    for start in range(0, len(ids), AT_ONCE):
        for user in catalog.users(ids[start : start + AT_ONCE]).values():
            found[numbers[user.id]] = traits_of(user)
    return People.of_each(found)
