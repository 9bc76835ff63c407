"""Judges rankings: the figures of each, and the paired difference of two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.bundle import Interval
from lingxi.metrics import ranking
from lingxi.metrics.auc import auc
from lingxi.metrics.coverage import coverage
from lingxi.metrics.interval import paired
from lingxi.ports.model import Runtime
from lingxi.train.split import PURCHASE, Histories, Truth

Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]
CUTOFFS = (10, 20)
DEPTH = 200
"""How many items a model is asked for: ties at the end of the list are broken among these."""
SCORED: Final = 40_000_000
"""Scores that the area under a curve is taken from, at most; of a catalogue beyond it a spread of shoppers is asked."""
ASKED: Final = (100, 2000)
"""Of how many shoppers, at least and at most."""


class Figures(Struct, frozen=True, kw_only=True):
    """Means over the shoppers that can be judged, at one cut-off.

    `repeat_*`: the list without what is new to the shopper, against what was bought before and is bought again;
    `new_*`: the list without what was bought before, against what is bought for the first time. NaN: nothing to judge.
    `auc` is over the whole catalogue, not at a cut-off, and NaN for what ranks only a part of it.
    """

    recall: float
    precision: float
    ndcg: float
    map: float
    mrr: float
    hit_rate: float
    coverage: float
    repeat_recall: float
    repeat_ndcg: float
    new_recall: float
    new_ndcg: float
    shoppers: int
    auc: float = math.nan


@dataclass(frozen=True, slots=True)
class Lists:
    """A ranking of `name`: each shopper's picks in the order of `truth.shopper`, int32 and best first; `repeat` and
    `new` are its picks among what the shopper has bought before and among the rest. `auc` float64[u] is that of each
    shopper's whole ranking, NaN for who was not asked; None for what ranks only a part of the catalogue."""

    name: str
    picks: list[Ints]
    repeat: list[Ints]
    new: list[Ints]
    auc: Doubles | None = None


def rank(
    name: str, runtime: Runtime, histories: Histories, truth: Truth, now: int, catalogue: Ints | None = None
) -> Lists:
    """Asks a runtime for every shopper's list at `now`; equal scores are broken against it. With a `catalogue` of item
    numbers also for the score of each of them."""
    depth = None if catalogue is None else areas(runtime, histories, truth, now, catalogue)
    lists = Lists(name, [], [], [], depth)
    for shopper, wanted in zip(truth.shopper, truth.items, strict=True):
        history = histories.of(int(shopper))
        bought = np.unique(history.item[history.kind == PURCHASE])
        items, scores = runtime.propose(history, now, DEPTH + len(bought))
        add(lists, items, scores, wanted, bought)
    return lists


def areas(runtime: Runtime, histories: Histories, truth: Truth, now: int, catalogue: Ints) -> Doubles:
    """The area under the ROC curve of each shopper's scores of the `catalogue`, float64[u]; NaN for who was not
    asked."""
    found = np.full(len(truth), np.nan)
    low, high = ASKED
    asked = min(high, max(low, SCORED // max(len(catalogue), 1)))
    for place in range(0, len(truth), -(-len(truth) // asked) or 1):
        wanted = truth.items[place]
        items = np.union1d(catalogue, wanted).astype(np.int32)
        scores = runtime.score(histories.of(int(truth.shopper[place])), now, items)
        found[place] = auc(scores, np.isin(items, wanted))
    return found


def add(lists: Lists, items: Ints, scores: npt.NDArray[np.floating], wanted: Ints, bought: Ints) -> None:
    """Adds one shopper's list: `items` with their `scores`, in any order, at least 20 of them new to the shopper."""
    old = np.isin(items, bought)
    depth = max(CUTOFFS)
    lists.picks.append(ranking.against(items, scores, wanted, depth))
    lists.repeat.append(ranking.against(items[old], scores[old], wanted, depth))
    lists.new.append(ranking.against(items[~old], scores[~old], wanted, depth))


def figures(lists: Lists, truth: Truth, k: int, catalogue: int) -> Figures:
    """The figures of a ranking at `k`; `catalogue` is how many items could have been shown."""
    hits = ranking.mark(lists.picks, truth.items, k)
    relevant = _sizes(truth.items)
    repeat = _part(lists.repeat, [i[~new] for i, new in zip(truth.items, truth.new, strict=True)], k)
    fresh = _part(lists.new, [i[new] for i, new in zip(truth.items, truth.new, strict=True)], k)
    return Figures(
        recall=_mean(ranking.recall(hits, relevant, k)),
        precision=_mean(ranking.precision(hits, k)),
        map=_mean(ranking.average_precision(hits, relevant, k)),
        ndcg=_mean(ranking.ndcg(hits, relevant, k)),
        mrr=_mean(ranking.mrr(hits, k)),
        hit_rate=_mean(ranking.hit_rate(hits, k)),
        coverage=coverage(lists.picks, k, catalogue),
        repeat_recall=repeat[0],
        repeat_ndcg=repeat[1],
        new_recall=fresh[0],
        new_ndcg=fresh[1],
        shoppers=len(truth),
        auc=math.nan if lists.auc is None else _mean(lists.auc),
    )


def recalls(lists: Lists, truth: Truth, k: int) -> Doubles:
    """Recall at `k` of each shopper, float64[u]: what paired differences are made of."""
    return ranking.recall(ranking.mark(lists.picks, truth.items, k), _sizes(truth.items), k)


def difference(challenger: Lists, champion: Lists, truth: Truth, k: int, seed: int = 0) -> Interval:
    """The paired difference of recall at `k`."""
    return paired(recalls(challenger, truth, k), recalls(champion, truth, k), seed)


def _part(picks: list[Ints], relevant: list[Ints], k: int) -> tuple[float, float]:
    """Recall and NDCG over the shoppers who have something relevant."""
    hits, sizes = ranking.mark(picks, relevant, k), _sizes(relevant)
    return _mean(ranking.recall(hits, sizes, k)), _mean(ranking.ndcg(hits, sizes, k))


def _sizes(items: list[Ints]) -> npt.NDArray[np.int64]:
    return np.fromiter((len(each) for each in items), dtype=np.int64, count=len(items))


def _mean(values: Doubles) -> float:
    judged = values[np.isfinite(values)]
    return float(judged.mean()) if len(judged) else float("nan")
