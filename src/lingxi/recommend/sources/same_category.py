"""What sells best in the categories of the items at hand: an item without any act yet has these beside it."""

from __future__ import annotations

from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Ints, Proposal
from lingxi.recommend.sources._best import best_of
from lingxi.recommend.sources._listed import Listed, merge
from lingxi.recommend.sources._together import FADE


class SameCategory(Listed):
    """Best sellers of the context's categories, else of what was looked at lately."""

    en = "In the same category as {}"
    zh = "与{}同类"
    several = Because("In a category that you looked at", "来自您看过的品类")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Nothing without a context and looks."""
        if len(moment.context):
            return self._beside(moment, moment.context, n)
        return moment.once(f"same category {n}", lambda: self._beside(moment, moment.looked[:3], n))

    def _beside(self, moment: Moment, seeds: Ints, n: int) -> Proposal:
        """Of a category that several seeds are in none of them alone is what led there."""
        category = moment.state.items.column("category")
        by_category: dict[int, int] = {}
        for seed in seeds:
            inside = int(category[seed])
            known = by_category.setdefault(inside, int(seed))
            if known != seed and not len(moment.context):
                by_category[inside] = -1
        by_category.pop(-1, None)
        lists = [best_of(moment, each) for each in by_category]
        weights = [FADE**place for place in range(len(lists))]
        return merge(lists, weights, list(by_category.values()), n, moment.scratch)


SOURCE = SameCategory()
