"""Splits by time: what a model may see, and what the shoppers then did (promise 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import NotEnoughData
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import IMPRESSION, History, Interactions

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
DAY = 86_400_000_000
PURCHASE = KIND_CODE["purchase"]
VIEW = KIND_CODE["view"]


@dataclass(frozen=True, slots=True)
class Truth:
    """What u shoppers bought in some days: `shopper` int32[u] in ascending order; for each, `items` holds the distinct
    items int32[m] and `new` bool[m], which of them the shopper had never bought before. Of a log without any purchase
    (a shop's visits, say) it is what they looked at."""

    shopper: Ints
    items: list[Ints]
    new: list[Bools]

    def __len__(self) -> int:
        return len(self.shopper)


@dataclass(frozen=True, slots=True)
class Split:
    """`past` had happened and been received before `at` (µs UTC); `truth` was bought in the days from `at` on."""

    at: int
    past: Interactions
    future: Interactions
    truth: Truth


def split(whole: Interactions, at: int, days: float | None = None) -> Split:
    """Splits at `at`; the truth reaches `days` further, or to the end."""
    end = np.iinfo(np.int64).max if days is None else at + int(days * DAY)
    past = whole.before(at)
    future = whole.where((whole.at >= at) & (whole.at < end))
    return Split(at, past, future, truth_of(past, future))


def leave_one_out(whole: Interactions, back: int = 0) -> Split:
    """Splits each shopper's own acts: the truth is the last item that they chose (with `back` 1 the last before that,
    to validate on), the past what they did at times before it; who never chose anything before it is in the past alone.

    Of a basket, which has no order, the item with the greatest tie is taken. Others' acts of later days are in the
    past: it says how well a model completes what it knows, not how it would have fared that day.

    Raises:
        NotEnoughData: nobody chose anything twice.
    """
    goal = PURCHASE if (whole.kind == PURCHASE).any() else VIEW
    asked = np.flatnonzero((whole.kind == goal) & (whole.item >= 0) & (whole.shopper >= 0))
    asked = asked[np.lexsort((whole.tie[asked], whole.at[asked], whole.shopper[asked]))]
    held = np.zeros(0, dtype=np.intp)
    cut = np.full(int(whole.shopper.max(initial=-1)) + 2, np.iinfo(np.int64).max)
    for _ in range(back + 1):
        asked = asked[whole.at[asked] < cut[whole.shopper[asked]]]
        last = asked[np.append(np.diff(whole.shopper[asked]) != 0, True)[: len(asked)]]
        first = asked[np.append(True, np.diff(whole.shopper[asked]) != 0)[: len(asked)]]
        held = last[whole.at[first] < whole.at[last]]
        cut[whole.shopper[held]] = whole.at[held]
    if not len(held):
        what = "nobody chose anything at two times, so that there is nothing to leave out"
        raise NotEnoughData(what, where="leave-one-out", remedy="send more events of the same shoppers")
    until = int(whole.at.max()) + 1
    past, future = whole.where(whole.at < cut[whole.shopper]).before(until), whole.where(np.sort(held))
    return Split(until, past, future, truth_of(past, future))


def truth_of(past: Interactions, future: Interactions) -> Truth:
    """The distinct items that each shopper bought in `future`, by whether `past` holds a purchase of it by the same."""
    goal = PURCHASE if any((acts.kind == PURCHASE).any() for acts in (past, future)) else VIEW
    wanted = np.unique(_pairs(future, goal))
    if not len(wanted):
        return Truth(np.zeros(0, np.int32), [], [])
    old = np.isin(wanted, _pairs(past, goal), assume_unique=False)
    shopper, first = np.unique(wanted >> 32, return_index=True)
    items = (wanted & 0xFFFFFFFF).astype(np.int32)
    edges = first[1:]
    return Truth(shopper.astype(np.int32), np.split(items, edges), np.split(~old, edges))


class Histories:
    """Every shopper's acts of a snapshot in order of `(at, tie)`, as the live state lists them."""

    def __init__(self, past: Interactions) -> None:
        order = np.flatnonzero(past.kind != IMPRESSION)
        order = order[np.lexsort((past.tie[order], past.at[order], past.shopper[order]))]
        self._acts = past.where(order).history()
        self._people = past.people
        self.shoppers, self._start = np.unique(past.shopper[order], return_index=True)
        self._stop = np.append(self._start[1:], len(order))

    def of(self, shopper: int, newest: int | None = None) -> History:
        """The history of one shopper, its `newest` acts if given; an empty one for a shopper who is not in it."""
        place = int(np.searchsorted(self.shoppers, shopper))
        known = place < len(self.shoppers) and self.shoppers[place] == shopper
        start, stop = (int(self._start[place]), int(self._stop[place])) if known else (0, 0)
        span = slice(start if newest is None else max(start, stop - newest), stop)
        return replace(self._acts.part(span), traits=self._people.of(shopper))


def _pairs(acts: Interactions, goal: int) -> npt.NDArray[np.int64]:
    """Shopper and item of each act of the kind as one number."""
    bought = (acts.kind == goal) & (acts.item >= 0) & (acts.shopper >= 0)
    pairs: npt.NDArray[np.int64] = (acts.shopper[bought].astype(np.int64) << 32) | acts.item[bought].astype(np.int64)
    return pairs
