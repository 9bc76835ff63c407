"""What sells best in a category."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Proposal

POPULARITY = "popularity.month"
KEPT = 40
"""Best sellers kept of a category."""


def best_of(moment: Moment, category: int) -> Proposal:
    """`best_sellers`, the same for everyone."""
    return moment.scene.memory.list(("category", category), moment.now, lambda: best_sellers(moment, category))


def best_sellers(moment: Moment, category: int) -> Proposal:
    """The listed items of one category, the most bought first; those that nobody bought by number, newest first."""
    items = moment.state.items
    inside = np.flatnonzero((items.column("category") == category) & items.column("listed")).astype(np.int32)
    if not len(inside):
        return NOTHING
    sold = moment.state.item_feature(POPULARITY, inside, moment.now)
    best = np.lexsort((-inside, -sold))[:KEPT]
    return Proposal(inside[best], (np.log1p(sold[best]) + 0.1).astype(np.float32))
