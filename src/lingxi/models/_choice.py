"""Choosing settings by what shoppers did next: the exam of models that answer without a net, and a walk over settings.

The exam asks for the NDCG at 10 of what was wanted after the past, over the whole catalogue, ties against the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._lines import repeats
from lingxi.models._past import wanted
from lingxi.runtimes._lists import lead_inside, weigh, weigh_inside

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
SHOPPERS = 4000
BLOCK = 512
K = 10


class Exam:
    """Histories as they stand at `until`, and what was wanted after it; a spread of shoppers if there are many.

    Question q, of `shoppers[q]`, has the acts `rows[start[q] : start[q + 1]]` (of the vocabulary, −1: unknown) at `at`,
    oldest first, and the answers `answer[first[q] : first[q + 1]]`. `masked`: what a shopper had is no answer.
    """

    def __init__(
        self,
        past: Interactions,
        after: Interactions,
        known: npt.NDArray[np.intp],
        until: int,
        limit: int = SHOPPERS,
    ) -> None:
        self.until = until
        asked = wanted(after.where((after.item >= 0) & (after.shopper >= 0)))
        self.masked = not repeats(wanted(past))
        acts = past.where((past.item >= 0) & (past.shopper >= 0))
        shoppers = np.intersect1d(asked.shopper, acts.shopper)
        shoppers = shoppers[:: max(1, -(-len(shoppers) // limit))]
        self.shoppers = shoppers
        acts = acts.where(np.isin(acts.shopper, shoppers))
        acts = acts.where(np.lexsort((acts.tie, acts.at, acts.shopper)))
        size = max(int(acts.item.max(initial=0)), int(asked.item.max(initial=0)), int(known.max(initial=0))) + 1
        rows = np.full(size, -1, dtype=np.int32)
        rows[known] = np.arange(len(known))
        self.rows, self.at = rows[acts.item], acts.at
        self.start = np.append(np.searchsorted(acts.shopper, shoppers), len(acts))
        pairs = np.unique(np.stack([asked.shopper.astype(np.int64), asked.item.astype(np.int64)]), axis=1)
        pairs = pairs[:, np.isin(pairs[0], shoppers)]
        self.answer = rows[pairs[1]]
        self.first = np.append(np.searchsorted(pairs[0], shoppers), pairs.shape[1])
        self.size = len(known)

    def __len__(self) -> int:
        return len(self.start) - 1

    def lists(self, near: Ints, likeness: Floats, *, acts: int, days: float | None, places: float | None) -> float:
        """Of neighbour lists, read as the runtime `neighbours` reads them."""
        how = (acts, days or np.inf, places or np.inf)
        gains = _lists(
            near, likeness, self.rows, self.at, self.start, self.until, *how, self.answer, self.first, self.masked
        )
        return _mean(gains)

    def scores(self, score: Callable[[int, int], Floats]) -> float:
        """Of `score(low, high)`, which gives float32[high − low, rows] for these questions."""
        gains = np.empty(len(self))
        for low in range(0, len(self), BLOCK):
            high = min(low + BLOCK, len(self))
            block = np.ascontiguousarray(score(low, high), dtype=np.float32)
            gains[low:high] = _block(
                block, self.rows, self.start[low : high + 1], self.answer, self.first[low : high + 1], self.masked
            )
        return _mean(gains)

    def weights(
        self, low: int, high: int, *, acts: int, days: float | None, places: float | None
    ) -> tuple[Any, Any, Any]:
        """Histories of these questions as (starts int64[q + 1], rows int32[n], weights float32[n]) without unknown
        items."""
        rows, weights, starts = [], [], [0]
        for question in range(low, high):
            begin, end = max(self.start[question], self.start[question + 1] - acts), self.start[question + 1]
            weight = weigh(self.at[begin:end], self.until, days or np.inf, places or np.inf)
            row = self.rows[begin:end]
            rows.append(row[row >= 0])
            weights.append(weight[row >= 0])
            starts.append(starts[-1] + len(rows[-1]))
        return np.array(starts), np.concatenate(rows), np.concatenate(weights)


def walk(
    begin: Mapping[str, Any], options: Mapping[str, Sequence[Any]], judge: Callable[[dict[str, Any]], float]
) -> dict[str, Any]:
    """The best settings found by changing one at a time, in the order of `options`, until a whole round changes none
    (at most two rounds). Of equal ones the first stays."""
    best, known = dict(begin), dict[str, float]()

    def worth(settings: dict[str, Any]) -> float:
        key = repr(sorted(settings.items()))
        if key not in known:
            known[key] = judge(settings)
        return known[key]

    for _ in range(2):
        before = dict(best)
        for name, values in options.items():
            for value in values:
                if worth({**best, name: value}) > worth(best):
                    best = {**best, name: value}
        if best == before:
            break
    return best


def _mean(gains: npt.NDArray[np.float64]) -> float:
    return float(gains.mean()) if len(gains) else 0.0


@unlocked
def _tenth(scores: Any) -> Any:  # pragma: no cover
    """The tenth greatest score, −inf of fewer."""
    best = np.full(10, -np.inf, np.float32)
    least = 0
    for i in range(len(scores)):
        if scores[i] > best[least]:
            best[least] = scores[i]
            least = int(np.argmin(best))
    return best[least]


@unlocked
def _gain(scores: Any, answer: Any) -> float:  # pragma: no cover
    """NDCG at 10 of these answers; an equal score is before an answer. Only what reaches the tenth is ranked."""
    total, ideal, tenth = 0.0, 0.0, _tenth(scores)
    for place in range(len(answer)):
        if place < 10:
            ideal += 1.0 / np.log2(place + 2.0)
        row = answer[place]
        if row < 0 or not np.isfinite(scores[row]) or scores[row] < tenth:
            continue
        rank = 0
        for j in range(len(scores)):
            if scores[j] >= scores[row]:
                rank += 1
        if rank <= 10:
            total += 1.0 / np.log2(rank + 1.0)
    return total / ideal


@unlocked
def _mask(scores: Any, rows: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        if rows[i] >= 0:
            scores[rows[i]] = -np.inf


@unlocked
def _lists(
    near: Any, likeness: Any, rows: Any, at: Any, start: Any, now: int, acts: int, days: float, places: float,
    answer: Any, first: Any, masked: bool,
) -> Any:  # pragma: no cover  # fmt: skip
    gains = np.empty(len(start) - 1, np.float64)
    scores = np.empty(len(near), np.float32)
    met = np.empty(len(near), np.bool_)
    for q in range(len(start) - 1):
        scores[:] = np.float32(0.0)
        low = max(start[q], start[q + 1] - acts)
        weights = weigh_inside(at[low : start[q + 1]], now, days, places)
        lead_inside(near, likeness, rows[low : start[q + 1]], weights, scores, met)
        if masked:
            _mask(scores, rows[start[q] : start[q + 1]])
        gains[q] = _gain(scores, answer[first[q] : first[q + 1]])
    return gains


@unlocked
def _block(scores: Any, rows: Any, start: Any, answer: Any, first: Any, masked: bool) -> Any:  # pragma: no cover
    gains = np.empty(len(start) - 1, np.float64)
    for q in range(len(start) - 1):
        if masked:
            _mask(scores[q], rows[start[q] : start[q + 1]])
        gains[q] = _gain(scores[q], answer[first[q] : first[q + 1]])
    return gains
