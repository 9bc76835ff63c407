"""Judges rankings: the figures of each, and the paired difference of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.bundle import Interval
from lingxi.metrics import ranking
from lingxi.metrics.coverage import coverage
from lingxi.metrics.interval import paired
from lingxi.ports.model import Runtime
from lingxi.train.split import PURCHASE, Histories, Truth

Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]
CUTOFFS = (10, 20)
DEPTH = 200
"""How many items a model is asked for: ties at the end of the list are broken among these."""


class Figures(Struct, frozen=True, kw_only=True):
    """Means over the shoppers that can be judged, at one cut-off.

    `repeat_*`: the list without what is new to the shopper, against what was bought before and is bought again;
    `new_*`: the list without what was bought before, against what is bought for the first time. NaN: nothing to judge.
    """

    recall: float
    ndcg: float
    mrr: float
    hit_rate: float
    coverage: float
    repeat_recall: float
    repeat_ndcg: float
    new_recall: float
    new_ndcg: float
    shoppers: int


@dataclass(frozen=True, slots=True)
class Lists:
    """A ranking of `name`: each shopper's picks in the order of `truth.shopper`, int32 and best first; `repeat` and
    `new` are its picks among what the shopper has bought before and among the rest."""

    name: str
    picks: list[Ints]
    repeat: list[Ints]
    new: list[Ints]


def rank(name: str, runtime: Runtime, histories: Histories, truth: Truth, now: int) -> Lists:
    """Asks a runtime for every shopper's list at `now`; equal scores are broken against it."""
    lists = Lists(name, [], [], [])
    for shopper, wanted in zip(truth.shopper, truth.items, strict=True):
        history = histories.of(int(shopper))
        bought = np.unique(history.item[history.kind == PURCHASE])
        items, scores = runtime.propose(history, now, DEPTH + len(bought))
        add(lists, items, scores, wanted, bought)
    return lists


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
        ndcg=_mean(ranking.ndcg(hits, relevant, k)),
        mrr=_mean(ranking.mrr(hits, k)),
        hit_rate=_mean(ranking.hit_rate(hits, k)),
        coverage=coverage(lists.picks, k, catalogue),
        repeat_recall=repeat[0],
        repeat_ndcg=repeat[1],
        new_recall=fresh[0],
        new_ndcg=fresh[1],
        shoppers=len(truth),
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
