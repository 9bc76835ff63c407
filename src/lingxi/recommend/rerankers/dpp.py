"""A determinantal point process: the slate whose items span the most between them.

Fast greedy MAP inference (Chen, Zhang and Zhou, NeurIPS 2018) over the likeness of the candidates: unlike MMR it looks
at all that stand before an item together, not at the nearest of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints
from lingxi.recommend.relevance import best_first
from lingxi.recommend.rerankers._greedy import most_volume
from lingxi.recommend.rerankers._likeness import likeness_of


class Dpp:
    """Spreads what is alike; how much is the setting `diversity`, by what the setting `likeness`."""

    def order(self, moment: Moment, items: Ints, scores: Floats, n: int) -> npt.NDArray[np.intp]:
        """Places of the `n` items to show, in order; with `diversity` 0 the best by score."""
        best, relevance = best_first(items, scores, n)
        alike = likeness_of(moment, items[best])
        order: npt.NDArray[np.intp] = best[most_volume(relevance, *alike, float(moment.settings.diversity), n)]
        return order


RERANKER = Dpp()
