"""What a request may be answered with: in stock and visible, in its category, in its span of prices."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from lingxi.nearest.allowed import Allowed
from lingxi.recommend.memory import SETTLED
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools
from lingxi.state.categories import below

Bounds = tuple[str | None, float | None, float | None]
"""Category and prices that a request asks for."""
Barred = tuple[Any, bytes] | None
"""What merchant rules remove: their book, and the bits of those that do."""
BYTES: Final = 64 << 20
"""What the masks of different bounds may take together."""
FEWEST: Final = 4
MOST: Final = 256
"""How many are kept, however large or small the shop is."""


@dataclass(slots=True)
class Masks:
    """What is allowed within bounds, the ones asked for last; each holds until the catalog changes."""

    made: OrderedDict[Hashable, tuple[int, Allowed]] = field(default_factory=OrderedDict)

    def of(self, bounds: Hashable, version: int, size: int, make: Callable[[], Allowed]) -> Allowed:
        """What `make` gave for these bounds at this version of the catalog."""
        held = self.made.get(bounds)
        if held is None or held[0] != version:
            held = self.made[bounds] = (version, make())
            while len(self.made) > max(FEWEST, min(BYTES // max(size, 1), MOST)):
                self.made.popitem(last=False)
        else:
            self.made.move_to_end(bounds)
        return held[1]


NONE: Final[Bounds] = (None, None, None)


def bounds_of(moment: Moment) -> Bounds:
    """The bounds of the request; NONE where it has none."""
    query = moment.query
    return query.category, query.price_min, query.price_max


def allowed(moment: Moment, bounds: Bounds | None = None) -> Allowed:
    """All items in stock within the bounds, of the request unless given: the same for everyone who asks within them."""
    items, bounds = moment.state.items, bounds_of(moment) if bounds is None else bounds
    return _masks(moment).of(bounds, items.posts, len(items.ids), lambda: Allowed(_mask(moment, *bounds)))


def ruled(moment: Moment) -> Allowed:
    """The same without what merchant rules remove from this request."""
    items, fits, removed = moment.state.items, allowed(moment), barred(moment)
    if removed is None:
        return fits
    key, size = (bounds_of(moment), removed), len(items.ids)
    return _masks(moment).of(key, items.posts, size, lambda: _without_barred(moment, fits))


def barred(moment: Moment) -> Barred:
    """What tells the rules that remove from this request; None where none does."""
    rules = moment.rules
    return None if rules is None or rules.removes is None else (rules.book, rules.removes.tobytes())


def _without_barred(moment: Moment, fits: Allowed) -> Allowed:
    kept = None if moment.rules is None else moment.rules.keep(fits.items)
    return fits if kept is None else Allowed.only(fits.items[kept], len(fits.mask))


def _masks(moment: Moment) -> Masks:
    return moment.scene.memory.list(("allowed",), moment.now, Masks, SETTLED)


def _mask(moment: Moment, category: str | None, low: float | None, high: float | None) -> Bools:
    table = moment.state.items
    kept: Bools = table.column("listed").copy()
    if category is not None:
        kept &= inside(moment, category)[table.column("category")]
    if low is not None or high is not None:
        kept &= priced(table.column("price"), low, high)
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
    key = ("inside", category, len(names))
    return moment.scene.memory.list(key, moment.now, lambda: below(names, (category,)))
