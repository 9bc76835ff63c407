"""What goes with some items, by the acts of everyone that the live state keeps."""

from __future__ import annotations

from lingxi.recommend.memory import LASTING
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Ints, Proposal
from lingxi.recommend.sources._listed import Listed, merge

CONTEXT = 12
"""Items of the context that are read, at most."""
SEEDS = 3
"""Items of the cart, or looked at, that are read without a context."""
NEAR = 50
"""Neighbours read of one item."""
FADE = 0.8
"""The weight of each further item that leads to others, against the one before."""


class Together(Listed):
    """Neighbours by acts of one group (`purchase`: in one basket, `view`: in one visit)."""

    group = ""

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Neighbours of the context if there is one, else of the cart, else of what was looked at lately.

        What was bought before leads to nothing here: counting it anew after each act would cost more than it finds.
        """
        if len(moment.context):
            return self._near(moment, moment.context[:CONTEXT], n)
        return moment.once(f"{self.group} {n}", lambda: self._near(moment, self._seeds(moment), n))

    def _seeds(self, moment: Moment) -> Ints:
        return moment.cart[::-1][:SEEDS] if len(moment.cart) else moment.looked[:SEEDS]

    def _near(self, moment: Moment, seeds: Ints, n: int) -> Proposal:
        numbers = [int(seed) for seed in seeds]
        lists = [self._of(moment, seed) for seed in numbers]
        weights = [FADE**place for place in range(len(lists))]
        return merge(lists, weights, numbers, n, moment.scratch, alone=not len(moment.context))

    def _of(self, moment: Moment, item: int) -> Proposal:
        state, now, group = moment.state, moment.now, self.group
        return moment.scene.memory.list(
            (group, item), now, lambda: Proposal(*state.neighbours(item, group, now, NEAR)), LASTING
        )
