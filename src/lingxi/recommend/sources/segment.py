"""What sells best in the categories that most of the shopper's acts lie in."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import compiled
from lingxi.recommend.because import Because
from lingxi.recommend.moment import WANTING, Moment
from lingxi.recommend.parts import NOTHING, Proposal
from lingxi.recommend.sources._best import best_of, sells
from lingxi.recommend.sources._listed import Listed, merge

CATEGORIES = 3


class Segment(Listed):
    """Best sellers of the categories that a shopper chose from most often, each by its share of their acts."""

    en = "Popular in a category that you looked at"
    zh = "您看过的品类中的热门"
    few = Because("In a category that you looked at", "来自您看过的品类")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Nothing for who has no history."""
        return moment.once(f"segment {n}", lambda: _popular(moment, n)) if len(moment.history) else NOTHING

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:
        """The best seller of a category may have been bought by nobody; and who looked once does not usually choose
        there."""
        return [self.plain if sells(moment, item) else self.few for item in proposal.items[ranks].tolist()]


def _popular(moment: Moment, n: int) -> Proposal:
    history, category = moment.history, moment.state.items.column("category")
    usual, shares = _usual(history.item, history.kind, WANTING, category, CATEGORIES)
    lists = [best_of(moment, each) for each in usual.tolist()]
    found = merge(lists, shares.tolist(), [-1] * len(lists), n, moment.scratch)
    return Proposal(found.items, found.scores) if len(found) else NOTHING


@compiled
def _usual(items: Any, kinds: Any, wanting: Any, category: Any, n: int) -> Any:  # pragma: no cover
    """The `n` categories that most acts of these kinds lie in, equal ones by number, and the share of each in all:
    (int32[k], float64[k]). `items` int32 (−1 is none) and `kinds` int8 are the acts, `category` int32 is by item."""
    found, counts = np.empty(len(items), np.int32), np.zeros(len(items), np.int64)
    count = every = 0
    for i in range(len(items)):
        if items[i] < 0 or not wanting[kinds[i]] or category[items[i]] < 0:
            continue
        inside, place = category[items[i]], 0
        while place < count and found[place] != inside:
            place += 1
        if place == count:
            found[place] = inside
            count += 1
        counts[place] += 1
        every += 1
    best = np.argsort(found[:count])
    best = best[np.argsort(-counts[:count][best], kind="mergesort")][:n]
    return found[best], counts[best] / max(every, 1)


SOURCE = Segment()
