"""Maximal marginal relevance (Carbonell and Goldstein 1998) by category.

Two items are alike when they are of one category, and the j-th of a category meets a likeness of 1 − 2^−j. Such a
penalty depends only on how many of its category stand before an item, and grows with that: the greedy choice of MMR
then is the order by score less penalty, found by sorting instead of a loop.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints

POOLED = 3
"""Times `n`: among so many of the best an item may move."""


class Mmr:
    """Spreads the categories; how much is the setting `diversity`."""

    def order(self, moment: Moment, items: Ints, scores: Floats, n: int) -> npt.NDArray[np.intp]:
        """Places of the `n` items to show, in order; with `diversity` 0 the best by score."""
        best = np.lexsort((items, -scores))[: POOLED * n]
        strength = moment.settings.diversity
        if strength <= 0 or len(best) < 2:
            return best[:n]
        category = moment.state.items.column("category")[items[best]]
        chosen = scores[best].astype(np.float64)
        spread = float(chosen[0] - chosen[-1]) or 1.0
        relevance = (chosen - chosen[-1]) / spread
        value = (1 - strength) * relevance - strength * (1 - np.exp2(-_before(category).astype(np.float64)))
        return best[np.argsort(-value, kind="stable")[:n]]


def _before(category: Ints) -> npt.NDArray[np.intp]:
    """How many of the same category stand before each; an item without a category is like no other."""
    order = np.argsort(category, kind="stable")
    ranked = category[order]
    start = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    place = np.arange(len(category)) - np.repeat(start, np.diff(np.append(start, len(category))))
    before = np.empty(len(category), dtype=np.intp)
    before[order] = np.where(ranked < 0, 0, place)
    return before


RERANKER = Mmr()
