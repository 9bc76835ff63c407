"""What a request may be answered with: in stock and visible, in its category, in its span of prices."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lingxi.nearest.allowed import Allowed
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints
from lingxi.recommend.scene import LASTING

Bounds = tuple[str | None, float | None, float | None]
"""Category and prices that a request asks for."""
BYTES: Final = 64 << 20
"""What the masks of different bounds may take together."""
FEWEST: Final = 4
MOST: Final = 256
"""How many are kept, however large or small the shop is."""


@dataclass(slots=True)
class Masks:
    """What is allowed within bounds, the ones asked for last; each holds until the catalog changes."""

    made: OrderedDict[Bounds, tuple[int, Allowed]] = field(default_factory=OrderedDict)

    def of(self, bounds: Bounds, version: int, size: int, make: Callable[[], Allowed]) -> Allowed:
        """What `make` gave for these bounds at this version of the catalog."""
        held = self.made.get(bounds)
        if held is None or held[0] != version:
            held = self.made[bounds] = (version, make())
            while len(self.made) > max(FEWEST, min(BYTES // max(size, 1), MOST)):
                self.made.popitem(last=False)
        else:
            self.made.move_to_end(bounds)
        return held[1]


def bounds_of(moment: Moment) -> Bounds:
    """The bounds of the request; three times None where it has none."""
    query = moment.query
    return query.category, query.price_min, query.price_max


def allowed(moment: Moment) -> Allowed:
    """All items that the request may be answered with, but for what it excludes: the same for everyone who asks it."""
    items, bounds = moment.state.items, bounds_of(moment)
    masks = moment.scene.memory.list(("allowed",), moment.now, Masks, LASTING)
    return masks.of(bounds, items.posts, len(items.ids), lambda: Allowed(_mask(moment)))


def _mask(moment: Moment) -> Bools:
    table, query = moment.state.items, moment.query
    kept: Bools = table.column("listed").copy()
    if query.category is not None:
        kept &= inside(moment, query.category)[table.column("category")]
    if query.price_min is not None or query.price_max is not None:
        kept &= priced(table.column("price"), query.price_min, query.price_max)
    return kept


def priced(price: np.ndarray, low: float | None, high: float | None) -> Bools:
    """Which prices float32 lie in the span, bounds included; one that is not known (NaN) lies in none."""
    kept = np.ones(len(price), dtype=np.bool_)
    for bound, sign in ((low, 1.0), (high, -1.0)):
        if bound is not None:
            kept &= (price.astype(np.float64) - np.float64(np.float32(bound))) * sign >= 0
    return kept


def inside(moment: Moment, category: str) -> Bools:
    """By category number, whether it is this one or below it; the last entry stands for items without one."""
    names = moment.state.items.categories

    def make() -> Bools:
        below = category + " > "
        found = [name == category or name.startswith(below) for name in names]
        return np.array([*found, False])

    return moment.scene.memory.list(("inside", category, len(names)), moment.now, make)


def barred(moment: Moment) -> Ints:
    """What the request excludes or already shows: at most a thousand items, which an answer is longer by."""
    query = moment.query
    if not query.exclude:
        return moment.context
    return np.concatenate([moment.context, moment.numbers(query.exclude)])
