"""What sells best: of any items, and in a category."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.memory import LASTING
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Ints, Proposal

POPULARITY = "popularity.month"
KEPT = 40
"""Best sellers kept of a category."""
MANY = 3.0
"""Purchases that fade: from so many on it is many who buy."""
UNSOLD = 0.1
"""The score of what nobody bought."""


def best_of(moment: Moment, category: int) -> Proposal:
    """`best_sellers`, the same for everyone."""
    return moment.scene.memory.list(("category", category), moment.now, lambda: best_sellers(moment, category), LASTING)


def best_sellers(moment: Moment, category: int) -> Proposal:
    """The listed items of one category, the most bought first; those that nobody bought by number, newest first."""
    items = moment.state.items
    inside = items.inside(category)
    inside = inside[items.column("listed")[inside]]
    if not len(inside):
        return NOTHING
    best = most_bought(moment, inside, KEPT)
    sold = moment.state.item_feature(POPULARITY, best, moment.now)
    return Proposal(best, (np.log1p(sold) + UNSOLD).astype(np.float32))


def most_bought(moment: Moment, rows: Ints, n: int) -> Ints:
    """The `n` most bought of the items `rows` int32, among equals the newest."""
    sold = moment.state.item_feature(POPULARITY, rows, moment.now)
    if len(rows) > n:
        # Only what reaches the n-th needs an order.
        reaching = sold >= np.partition(sold, len(rows) - n)[len(rows) - n]
        rows, sold = rows[reaching], sold[reaching]
    best: Ints = rows[np.lexsort((-rows, -sold))[:n]]
    return best


def sells(moment: Moment, item: int) -> bool:
    """Whether many buy it: one of the best sellers of its category that is more than that."""
    best = best_of(moment, int(moment.state.items.column("category")[item]))
    score = best.scores[best.items == item]
    return bool(len(score)) and bool(np.expm1(score[0] - UNSOLD) >= MANY)
