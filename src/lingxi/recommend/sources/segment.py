"""What sells best in the categories that most of the shopper's acts lie in."""

from __future__ import annotations

import numpy as np

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
    history = moment.history
    items = history.item[WANTING[history.kind] & (history.item >= 0)]
    categories = moment.state.items.column("category")[items]
    usual, counts = np.unique(categories[categories >= 0], return_counts=True)
    most = np.lexsort((usual, -counts))[:CATEGORIES]
    lists = [best_of(moment, int(each)) for each in usual[most]]
    found = merge(lists, (counts[most] / max(counts.sum(), 1)).tolist(), [-1] * len(lists), n)
    return Proposal(found.items, found.scores) if len(found) else NOTHING


SOURCE = Segment()
