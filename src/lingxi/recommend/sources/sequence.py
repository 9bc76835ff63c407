"""What comes next by the sequence model of the bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.newcomers import admit
from lingxi.recommend.parts import NOTHING, Floats, Proposal
from lingxi.recommend.pool import Pool
from lingxi.recommend.scene import empty
from lingxi.recommend.sources._encoder import VECTOR, encoder_of, vector_of
from lingxi.recommend.sources._listed import Listed
from lingxi.recommend.sources._wanted import wanted

SHOWN = 3
"""Acts that a reason names."""


class Sequence(Listed):
    """The encoder's best for the history, encoded once after each act, among what the request allows."""

    en = "Fits what you chose lately: {}"
    zh = "与您最近选择的{}相配"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Nothing without a bundle, or for a shopper without a history."""
        encoder = encoder_of(moment)
        if encoder is None:
            return NOTHING
        admit(moment, encoder)
        asked = wanted(moment, "sequence", n)
        return asked.once(moment, lambda: asked.best(encoder, vector_of(moment, encoder)))

    def ahead(self, moment: Moment, n: int) -> Callable[[], Mapping[str, Any]] | None:
        """The encoding of the history and its best: more than half of what the first slate after an act costs."""
        encoder = encoder_of(moment)
        if encoder is None or VECTOR in moment.held:
            return None
        admit(moment, encoder)
        asked = wanted(moment, "sequence", n)
        history, hour = moment.history, moment.hour

        def make() -> Mapping[str, Any]:
            vector = encoder.encode(history, hour)
            return {VECTOR: vector, **asked.held(asked.best(encoder, vector))}

        return make

    def score(self, moment: Moment, pool: Pool, name: str) -> Floats:  # noqa: ARG002
        """The encoder's score of every candidate, NaN for one that it does not know."""
        encoder = encoder_of(moment)
        if encoder is None:
            return empty(len(pool))
        return moment.keep("sequence scores", pool.items, lambda: self._score(moment, encoder, pool))

    def _score(self, moment: Moment, encoder: Any, pool: Pool) -> Floats:
        scores: Floats = encoder.score_vector(vector_of(moment, encoder), pool.items)
        scores[np.isinf(scores)] = np.nan
        return scores

    def evidence(self, moment: Moment, item: int, origin: int) -> tuple[int, ...]:  # noqa: ARG002
        """The newest items that the encoder read; which weighed most is measured when a slate is explained."""
        return tuple([seed for seed in moment.newest_seeds if seed != item][:SHOWN])


SOURCE = Sequence()
