"""Maximal marginal relevance (Carbonell and Goldstein 1998), by category or by vectors.

By category two items are alike when they are of one category, and the j-th of a category meets a likeness of 1 − 2^−j.
Such a penalty depends only on how many of its category stand before an item, and grows with that: the greedy choice of
MMR then is the order by score less penalty, found by sorting instead of a loop. By vectors (the setting `likeness`) it
is the greatest likeness to one item before it, found by the greedy loop; without an encoder by category.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.recommend._kernels import spread
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints
from lingxi.recommend.relevance import POOLED, best_first
from lingxi.recommend.rerankers._greedy import relevant_and_different
from lingxi.recommend.rerankers._likeness import encoder_of, likeness_of

Places = npt.NDArray[np.intp]


class Mmr:
    """Spreads what is alike; how much is the setting `diversity`."""

    def order(self, moment: Moment, items: Ints, scores: Floats, n: int) -> Places:
        """Places of the `n` items to show, in order; with `diversity` 0 the best by score."""
        if encoder_of(moment) is None:
            return _by_category(moment, items, scores, n)
        best, relevance = best_first(items, scores, n)
        alike = likeness_of(moment, items[best])
        order: Places = best[relevant_and_different(relevance, *alike, float(moment.settings.diversity), n)]
        return order


def _by_category(moment: Moment, items: Ints, scores: Floats, n: int) -> Places:
    categories, diversity = moment.state.items.column("category"), float(moment.settings.diversity)
    order: Places = spread(items, scores, categories, diversity, n, POOLED * n)
    return order


RERANKER = Mmr()
