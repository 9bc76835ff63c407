"""Maximal marginal relevance (Carbonell and Goldstein 1998) by category.

Two items are alike when they are of one category, and the j-th of a category meets a likeness of 1 − 2^−j. Such a
penalty depends only on how many of its category stand before an item, and grows with that: the greedy choice of MMR
then is the order by score less penalty, found by sorting instead of a loop.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.recommend._kernels import best_of, spread
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints

POOLED = 3
"""Times `n`: among so many of the best an item may move."""


class Mmr:
    """Spreads the categories; how much is the setting `diversity`."""

    def order(self, moment: Moment, items: Ints, scores: Floats, n: int) -> npt.NDArray[np.intp]:
        """Places of the `n` items to show, in order; with `diversity` 0 the best by score."""
        best = best_of(scores, POOLED * n)
        chosen = items[best]
        category = moment.state.items.column("category")[chosen]
        order: npt.NDArray[np.intp] = best[spread(chosen, scores[best], category, moment.settings.diversity, n)]
        return order


RERANKER = Mmr()
