"""What is most like the items at hand, by the vectors that the sequence model has of them and of their texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.recommend.allowed import NONE, allowed
from lingxi.recommend.because import Because
from lingxi.recommend.memory import SETTLED
from lingxi.recommend.moment import Moment
from lingxi.recommend.newcomers import admit
from lingxi.recommend.parts import NOTHING, Ints, Proposal
from lingxi.recommend.sources._listed import Listed, merge
from lingxi.recommend.sources._together import FADE

NEAR = 60
"""Items kept that are like one."""
CONTEXT = 3
SEEDS = 2
ALIKE = 0.5
"""The cosine from which on one item is said to be much like another: the nearest may be far."""
NOBODY = -1


class Content(Listed):
    """The items whose vectors point the way of the context's, else of the newest seeds'. What was never met beside them
    is found too, and what was posted a moment ago."""

    en = "Much like {}"
    zh = "与{}相似"
    several = Because("A good choice here", "这里的不错之选")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Nothing without a bundle, or beside items that its model does not know."""
        encoder = None if moment.bundle is None else moment.bundle.runtimes.get("sequence")
        if encoder is None:
            return NOTHING
        admit(moment, encoder)
        if len(moment.context):
            return _near(moment, encoder, moment.context[:CONTEXT], n)
        seeds, opened = moment.seeds[:SEEDS], moment.state.items.opened
        return moment.abreast(f"content {n}", opened, lambda: _near(moment, encoder, seeds, n))


def _near(moment: Moment, encoder: Any, seeds: Ints, n: int) -> Proposal:
    """Of each seed's list what is much like it, which it led to, and the rest, of which that would be said too much."""
    lists, weights, origins = [], [], []
    for place, seed in enumerate(seeds.tolist()):
        found = _like(moment, encoder, seed)
        near = int(np.count_nonzero(found.scores >= ALIKE))
        lists += [found.first(near), Proposal(found.items[near:], found.scores[near:])]
        weights += [FADE**place] * 2
        origins += [seed, NOBODY]
    return merge(lists, weights, origins, n, moment.scratch)


def _like(moment: Moment, encoder: Any, item: int) -> Proposal:
    bundle, opened = None if moment.bundle is None else moment.bundle.id, moment.state.items.opened

    def make() -> Proposal:
        items, cosines = encoder.near.like(item, NEAR, allowed(moment, NONE))
        towards = cosines > 0
        return Proposal(items[towards], cosines[towards].astype(np.float32))

    return moment.scene.memory.list(("content", bundle, item, opened), moment.now, make, SETTLED)


SOURCE = Content()
