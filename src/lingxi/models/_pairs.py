"""How often one item was followed by another: pairs of a visit, weighed by their distance and by their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from lingxi.domain.history import Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._lines import SELDOM
from lingxi.models._past import visits

Longs = npt.NDArray[np.int64]


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
    size, sizes = len(visits.known), np.diff(visits.start)
    here = np.arange(len(visits.row))
    first = np.maximum(np.repeat(visits.start[:-1], sizes), here - reach)
    end = np.minimum(np.repeat(visits.start[1:], sizes), here + reach + 1)
    farthest = int((visits.place[end - 1] - visits.place).max(initial=0))
    worth = np.exp(-np.maximum(np.arange(farthest + 1) - 1, 0) / (fade or np.inf)).astype(np.float32)
    worth[0] = at_once
    order = np.argsort(visits.row, kind="stable")
    begin = np.searchsorted(visits.row[order], np.arange(size + 1))
    starts, others, weights = _sum_rows(visits.row, visits.place, order, begin, first, end, worth, np.float32(back))
    total = csr_matrix((weights, others, starts), shape=(size, size))
    total.has_sorted_indices = True
    return total


def _last_of_each(visit: Longs, item: Longs) -> npt.NDArray[np.intp]:
    """The places of the last act on each item of each visit, in order."""
    order = np.lexsort((np.arange(len(item)), item, visit))
    last = np.append((np.diff(visit[order]) != 0) | (np.diff(item[order]) != 0), True)[: len(item)]
    return np.sort(order[last])


@unlocked
def _sum_rows(
    row: Any, place: Any, order: Any, begin: Any, first: Any, end: Any, worth: Any, back: Any
) -> Any:  # pragma: no cover
    """Row after row: what every act on it has around it is added up in a line as wide as the catalogue, so that pairs
    are never held one by one nor sorted."""
    size = len(begin) - 1
    line, met = np.zeros(size, np.float32), np.zeros(size, np.bool_)
    touched = np.empty(size, np.int32)
    starts = np.zeros(size + 1, np.int64)
    others, weights = np.empty(4 * len(row) + size, np.int32), np.empty(4 * len(row) + size, np.float32)
    for i in range(size):
        count = 0
        for k in range(begin[i], begin[i + 1]):
            at = order[k]
            for other in range(first[at], end[at]):
                if other == at:
                    continue
                apart = place[other] - place[at]
                j = row[other]
                if not met[j]:
                    met[j] = True
                    touched[count] = j
                    count += 1
                line[j] += worth[apart] if apart >= 0 else worth[-apart] * back
        used = starts[i]
        if used + count > len(others):
            others = np.concatenate((others, np.empty(len(others) + count, np.int32)))
            weights = np.concatenate((weights, np.empty(len(weights) + count, np.float32)))
        near = np.sort(touched[:count])
        for k in range(count):
            others[used + k], weights[used + k] = near[k], line[near[k]]
            line[near[k]], met[near[k]] = np.float32(0.0), False
        starts[i + 1] = used + count
    return starts, others[: starts[size]], weights[: starts[size]]
