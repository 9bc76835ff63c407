"""Everything that the request allows: where the other sources leave a slate too short."""

from __future__ import annotations

import numpy as np

from lingxi.nearest.allowed import Allowed
from lingxi.recommend.allowed import barred, bounds_of
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Ints, Proposal
from lingxi.recommend.sources._best import POPULARITY, most_bought
from lingxi.recommend.sources._encoder import encoder_of, vector_of
from lingxi.recommend.sources._listed import Listed


class Catalogue(Listed):
    """The best of what is allowed, looked for among all of it. It proposes nothing of its own accord."""

    en = "A good choice here"
    zh = "这里的不错之选"

    def first(self, moment: Moment, allowed: Allowed, n: int) -> Proposal:
        """The most bought of the allowed, which everyone within these bounds shares, and the encoder's best of them."""
        key = ("best within", bounds_of(moment), barred(moment), n, moment.state.items.posts)
        sold = moment.scene.memory.list(key, moment.now, lambda: most_bought(moment, allowed.items, n))
        return self._with_liked(moment, sold, allowed, n)

    def among(self, moment: Moment, rows: Ints, n: int) -> Proposal:
        """The same of given items."""
        allowed = Allowed.only(rows, len(moment.state.items.ids))
        return self._with_liked(moment, most_bought(moment, rows, n), allowed, n)

    def _with_liked(self, moment: Moment, chosen: Ints, allowed: Allowed, n: int) -> Proposal:
        encoder = encoder_of(moment)
        if encoder is not None:
            liked, _ = encoder.top(vector_of(moment, encoder), n, allowed)
            chosen = np.concatenate([chosen, liked[~np.isin(liked, chosen)]])
        return Proposal(chosen, moment.state.item_feature(POPULARITY, chosen, moment.now))


SOURCE = Catalogue()
