"""Exploration: a few places of a slate go, by chance and with a chance that is told, to items that are little known.

At most `explore_places` places, evenly spread behind the first `explore_after`, each with the chance `explore_share`;
what a rule has put there stays, and what quotas count changes places only with its like.
What stood there by rank leaves the slate; every other place stays as it is, so the propensity of a place is exact:
1 − share for what stood there, share · the explorer's chance for what came.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.recommend._kernels import best_of
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Doubles, Explorer, Floats, Ints

TRIED: Final = 20
"""The best little known candidates, among which an explorer chooses: the fewer, the greater each one's propensity."""
EVIDENCE: Final = ("exposure.shown", "popularity.month")
MINUTE: Final = 60_000_000
Places = npt.NDArray[np.intp]


def explored(
    moment: Moment, items: Ints, scores: Floats, order: Places, free: Bools, group: Ints
) -> tuple[Places, Doubles | None]:
    """The order with some places given to others of `items` int32[m], and the propensity of each, float64[len(order)],
    NaN where a place could not explore; None where none could. Only what is `free` bool[m] gives way or comes in, and
    only for another of the same `group` int32[quotas, m] of each quota: what holds of the order holds after it."""
    settings = moment.settings
    if settings.explorer == "none" or settings.explore_share <= 0.0:
        return order, None
    slots = places_of(len(order), settings.explore_after, settings.explore_places)
    slots = [each for each in slots if free[order[each]]]
    tried = _little_known(moment, items, scores, order, free) if slots else order[:0]
    if not len(tried):
        return order, None
    explorer: Explorer = registry.load("recommend/explorers", settings.explorer, "EXPLORER")
    seeds = seeds_of(moment, 3 * len(slots))
    order, propensity = order.copy(), np.full(len(order), np.nan)
    for place, (go, which, seed) in zip(slots, zip(*[iter(seeds)] * 3, strict=True), strict=True):
        fit = np.flatnonzero((group[:, tried] == group[:, order[place], None]).all(axis=0))
        if len(fit) and unit(go) < settings.explore_share:
            chances = explorer.chances(moment, items[tried[fit]], seed)
            drawn = draw(chances, unit(which))
            order[place], propensity[place] = tried[fit[drawn]], settings.explore_share * chances[drawn]
            tried = np.delete(tried, fit[drawn])
        elif len(fit):
            propensity[place] = 1.0 - settings.explore_share
    return order, propensity


def places_of(size: int, after: int, most: int) -> list[int]:
    """The places of a slate of `size` that may explore: the middles of `most` equal parts of what follows `after`."""
    room = max(size - after, 0)
    most = min(most, room)
    return [after + (2 * k + 1) * room // (2 * most) for k in range(most)]


def seeds_of(moment: Moment, count: int) -> list[int]:
    """`count` numbers of 64 bits that follow from the shop's seed, the request, the state and the minute."""
    query = moment.query
    told = (
        moment.settings.explore_seed,
        (query.surface, query.user, query.session, query.items, query.text, query.n, query.category),
        moment.state.cursor,
        moment.now // MINUTE,
    )
    words = repr(told).encode(errors="replace")
    blocks = [blake2b(words, salt=block.to_bytes(16, "little")).digest() for block in range(-(-count // 8))]
    seeds: list[int] = np.frombuffer(b"".join(blocks), "<u8")[:count].tolist()
    return seeds


def unit(seed: int) -> float:
    """A number in [0, 1) from 64 bits."""
    return (seed >> 11) / float(1 << 53)


def draw(chances: Doubles, at: float) -> int:
    """The place that a number in [0, 1) falls on when each has a share as great as its chance."""
    ends = np.cumsum(chances)
    return int(min(np.searchsorted(ends, at * ends[-1], side="right"), np.flatnonzero(chances)[-1]))


def little_known(moment: Moment, items: Ints) -> npt.NDArray[np.bool_]:
    """Which items fewer than `explore_below` impressions and acts in a month speak of, bool[m]."""
    known: Floats = sum((moment.feature(name, items) for name in EVIDENCE), np.zeros(len(items), np.float32))
    return known < moment.settings.explore_below


def _little_known(moment: Moment, items: Ints, scores: Floats, order: Places, free: Bools) -> Places:
    """Places of the best little known items that are not in the slate, best first, at most TRIED."""
    left = free.copy()
    left[order] = False
    places = np.flatnonzero(left)
    places = places[little_known(moment, items[places])]
    found: Places = places[best_of(scores[places], TRIED)]
    return found
