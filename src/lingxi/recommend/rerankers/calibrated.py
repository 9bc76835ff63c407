"""Calibration (Steck 2018): a slate holds categories in the shares in which its shopper chose them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints
from lingxi.recommend.relevance import best_first
from lingxi.recommend.rerankers._greedy import calibrated

COUNT = "own_frequency.count"
Mix = tuple[Ints, npt.NDArray[np.float64]]


class Calibrated:
    """Follows the shopper's own mix of categories; how much is the setting `calibration`. Who has none yet gets the
    order by score."""

    def order(self, moment: Moment, items: Ints, scores: Floats, n: int) -> npt.NDArray[np.intp]:
        """Places of the `n` items to show, in order; with `calibration` 0 the best by score."""
        best, relevance = best_first(items, scores, n)
        category = moment.state.items.column("category").take(items[best])
        kinds, share = mix_of(moment)
        group = np.searchsorted(kinds, category)
        known = group < len(kinds)
        known[known] = kinds[group[known]] == category[known]
        group[~known] = -1
        order: npt.NDArray[np.intp] = best[calibrated(relevance, group, share, float(moment.settings.calibration), n)]
        return order


def mix_of(moment: Moment) -> Mix:
    """The categories that the shopper chose, int32[g], rising, and the share of each, float64[g]: of what was bought,
    or of what was looked at lately where nothing was bought."""
    return moment.once("mix of categories", lambda: _mix(moment))


def _mix(moment: Moment) -> Mix:
    items, counts = moment.own, moment.pair(COUNT).astype(np.float64)
    if not counts.any():
        items, counts = moment.looked, np.ones(len(moment.looked))
    category = moment.state.items.column("category").take(items)
    chosen = (category >= 0) & (counts > 0)
    kinds, group = np.unique(category[chosen], return_inverse=True)
    totals = np.bincount(group, weights=counts[chosen], minlength=len(kinds))
    return kinds.astype(np.int32), totals / max(float(totals.sum()), 1e-12)


RERANKER = Calibrated()
