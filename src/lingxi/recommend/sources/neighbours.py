"""What goes with the shopper's acts by the neighbour lists of the bundle."""

from __future__ import annotations

from typing import Any

from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Ints, Proposal
from lingxi.recommend.sources._listed import Listed, merge
from lingxi.recommend.sources._together import FADE

NEAR = 50


class Neighbours(Listed):
    """Item-kNN over a whole snapshot: steadier than what the live state counts, and older."""

    en = "Goes well with {}"
    zh = "与{}很搭"
    several = Because("Goes well with several of your choices", "与您选过的几件商品很搭")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Neighbours of the context if there is one, else of the newest acts; nothing without a bundle."""
        runtime = None if moment.bundle is None else moment.bundle.runtimes.get("neighbours")
        if runtime is None:
            return NOTHING
        if len(moment.context):
            return _near(moment, runtime, moment.context, n, alone=False)
        return moment.once(f"neighbours {n}", lambda: _near(moment, runtime, moment.seeds, n, alone=True))


def _near(moment: Moment, runtime: Any, seeds: Ints, n: int, *, alone: bool) -> Proposal:
    numbers = [int(seed) for seed in seeds]
    lists = [Proposal(*runtime.neighbours(seed, NEAR)) for seed in numbers]
    weights = [FADE**place for place in range(len(lists))]
    return merge(lists, weights, numbers, n, moment.scratch, alone=alone)


SOURCE = Neighbours()
