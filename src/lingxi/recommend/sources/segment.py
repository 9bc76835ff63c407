"""What sells best where the shopper usually chooses: in the categories that most of their acts lie in."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.moment import WANTING, Moment
from lingxi.recommend.parts import NOTHING, Proposal
from lingxi.recommend.sources._best import best_of
from lingxi.recommend.sources._listed import Listed, merge

CATEGORIES = 3


class Segment(Listed):
    """Best sellers of the categories that a shopper chose from most often, each by its share of their acts."""

    en = "Popular where you usually choose"
    zh = "您常选类别中的热门"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Nothing for who has no history."""
        return moment.once(f"segment {n}", lambda: _popular(moment, n)) if len(moment.history) else NOTHING


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
