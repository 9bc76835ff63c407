"""Everything that the request allows: where the other sources leave a slate too short."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Ints, Proposal
from lingxi.recommend.sources._encoder import encoder_of, vector_of
from lingxi.recommend.sources._listed import Listed

POPULARITY = "popularity.month"


class Catalogue(Listed):
    """The best of given rows, found by an exact pass over them. It proposes nothing of its own accord."""

    en = "A good choice here"
    zh = "这里的不错之选"

    def among(self, moment: Moment, rows: Ints, n: int) -> Proposal:
        """The most bought of `rows` (among equals the newest), and the encoder's best of them."""
        sold = moment.state.item_feature(POPULARITY, rows, moment.now)
        chosen = rows[np.lexsort((-rows, -sold))[:n]]
        encoder = encoder_of(moment)
        if encoder is not None:
            mask = np.zeros(len(moment.state.items.ids), dtype=np.bool_)
            mask[rows] = True
            liked, _ = encoder.top(vector_of(moment, encoder), n, mask)
            chosen = np.concatenate([chosen, liked[~np.isin(liked, chosen)]])
        return Proposal(chosen, moment.state.item_feature(POPULARITY, chosen, moment.now))


SOURCE = Catalogue()
