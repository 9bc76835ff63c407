"""How often one item was followed by another: pairs of a visit, weighed by their distance and by their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from lingxi.domain.history import Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._lines import SELDOM
from lingxi.models._past import visits

Longs = npt.NDArray[np.int64]
AT_ONCE: Final = 8_000_000
"""Pairs in memory before they are added up."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Which known items were in which visit, in order: `row` int64[n] of the vocabulary, `place` int64[n] the moment
    within the visit, visit i being `start[i] : start[i + 1]`, whose last act was at `end[i]`. `known` holds the rows'
    item numbers, `count` float64[v] how often each was met. `again`: shoppers come back to an item within a visit, and
    each time counts; else an item counts once a visit, where it was last."""

    known: npt.NDArray[np.intp]
    row: Longs
    place: Longs
    start: Longs
    end: Longs
    count: npt.NDArray[np.float64]
    again: bool

    def matrix(self) -> Any:
        """Visits × rows, a sparse float32 of ones."""
        visit = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        ones = np.ones(len(self.row), dtype=np.float32)
        return csr_matrix((ones, (visit, self.row)), shape=(len(self.start) - 1, len(self.known)))


def visits_of(acts: Interactions, gap_minutes: float, longest: int, least: int) -> Visits:
    """Visits end after `gap_minutes` without an act, or never (0); those with more than `longest` items are passed
    over, or, where a visit never ends, begin at its newest `longest`. Items met fewer than `least` times are not known.
    """
    visit = visits(acts, gap_minutes or np.inf)
    order = np.lexsort((acts.tie, acts.at, visit))
    visit, item, at = visit[order], acts.item[order].astype(np.int64), acts.at[order]
    moment = np.cumsum(np.append(True, (np.diff(visit) != 0) | (np.diff(at) != 0))[: len(at)])
    kept = _last_of_each(moment, item)
    visit, item, moment, at = visit[kept], item[kept], moment[kept], at[kept]
    last = _last_of_each(visit, item)
    again = len(last) < (1.0 - SELDOM) * len(visit)
    if not again:
        visit, item, moment, at = visit[last], item[last], moment[last], at[last]
    size = np.bincount(visit)[visit]
    left = np.searchsorted(visit, visit, side="right") - np.arange(len(visit))
    fits = left <= longest if gap_minutes == 0 else size <= longest
    if not fits.any():
        fits = ~fits
    count = np.bincount(item[fits])
    known = np.flatnonzero(count >= max(min(least, int(count.max(initial=1))), 1))
    column = np.full(int(item.max(initial=0)) + 1, -1, dtype=np.int64)
    column[known] = np.arange(len(known))
    there = fits & (column[item] >= 0)
    visit, row, moment, at = visit[there], column[item[there]], moment[there], at[there]
    start = np.append(np.flatnonzero(np.append(True, np.diff(visit) != 0)[: len(visit)]), len(visit))
    return Visits(known, row, moment, start, at[start[1:] - 1], count[known].astype(np.float64), again)


def followed(visits: Visits, fade: float | None, back: float, reach: int, at_once: float = 1.0) -> Any:
    """Sparse float32[rows, rows]: cell (i, j) sums e^(−distance / fade) over the visits in which j came after i, `back`
    times that where it came before, at most `reach` acts away. Of one moment, both ways count `at_once`. The distance
    is of moments, less one; None does not fade."""
    size = len(visits.known)
    total = csr_matrix((size, size), dtype=np.float32)
    ahead = np.minimum(np.repeat(visits.start[1:], np.diff(visits.start)) - np.arange(len(visits.row)) - 1, reach)
    mark = np.searchsorted(np.cumsum(2 * ahead), np.arange(0, 2 * int(ahead.sum()) + 1, AT_ONCE))
    marks = np.unique(np.append(np.append(0, mark), len(visits.row)))
    for low, high in zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True):
        one, other, weight = _pairs(visits.row, visits.place, ahead, low, high, fade or np.inf, back, at_once)
        total = total + csr_matrix((weight, (one, other)), shape=(size, size))
    return total


def _last_of_each(visit: Longs, item: Longs) -> npt.NDArray[np.intp]:
    """The places of the last act on each item of each visit, in order."""
    order = np.lexsort((np.arange(len(item)), item, visit))
    last = np.append((np.diff(visit[order]) != 0) | (np.diff(item[order]) != 0), True)[: len(item)]
    return np.sort(order[last])


@unlocked
def _pairs(
    row: Any, place: Any, ahead: Any, low: int, high: int, fade: float, back: float, at_once: float
) -> Any:  # pragma: no cover
    size = 2 * np.sum(ahead[low:high])
    one, other, weight = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.float32)
    k = 0
    for i in range(low, high):
        for j in range(i + 1, i + 1 + ahead[i]):
            apart = place[j] - place[i]
            worth = np.exp(-(apart - 1) / fade) if apart > 0 else at_once
            one[k], other[k], weight[k] = row[i], row[j], worth
            one[k + 1], other[k + 1], weight[k + 1] = row[j], row[i], worth * (back if apart > 0 else 1.0)
            k += 2
    return one, other, weight
