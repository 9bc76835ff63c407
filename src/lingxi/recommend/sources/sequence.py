"""What comes next by the sequence model of the bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lingxi.recommend.because import SEARCH, Because, acted, acted_on_itself
from lingxi.recommend.moment import Moment
from lingxi.recommend.moved import Moved, least_of, moved_by, named
from lingxi.recommend.newcomers import admit
from lingxi.recommend.parts import NOTHING, Floats, Proposal, empty
from lingxi.recommend.pool import Pool
from lingxi.recommend.sources._encoder import VECTOR, encoder_of, vector_of
from lingxi.recommend.sources._listed import Listed
from lingxi.recommend.sources._wanted import wanted
from lingxi.runtimes._things import SEARCHED

MOVED = "moved"
"""What a slate remembers by it: what each of the shopper's newest things does to the encoding."""


class Sequence(Listed):
    """The encoder's best for the history, encoded once after each act, among what the request allows."""

    en = "Picked for you"
    zh = "为您挑选"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Nothing without a bundle, or for a shopper without a history."""
        encoder = encoder_of(moment)
        if encoder is None:
            return NOTHING
        admit(moment, encoder)
        asked = wanted(moment, "sequence", n)
        return asked.once(moment, lambda: asked.best(encoder, vector_of(moment, encoder)))

    def ahead(self, moment: Moment, n: int) -> Callable[[bool], Mapping[str, Any]] | None:
        """The encoding of the history and its best, and for reasons what each thing in it does to it: together more
        than half of what the first slate after an act costs."""
        encoder = encoder_of(moment)
        if encoder is None or VECTOR in moment.held:
            return None
        admit(moment, encoder)
        asked = wanted(moment, "sequence", n)
        history, hour = moment.history, moment.hour

        def make(reasons: bool) -> Mapping[str, Any]:
            vector = encoder.encode(history, hour)
            best = asked.best(encoder, vector)
            moved = {MOVED: moved_by(encoder, history, hour)} if reasons else {}
            return {VECTOR: vector, **asked.held(best), **moved}

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

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:
        """The acts without which the encoder's score of an item falls the most; where none matters, none is named, nor
        where there is no time to look."""
        if self.unnamed(moment):
            return [self.plain] * len(ranks)
        encoder, items = encoder_of(moment), proposal.items[ranks]
        moved: Moved = moment.once(MOVED, lambda: moved_by(encoder, moment.history, moment.hour))
        told = named(moved.falls(encoder, items), least_of(proposal.scores))
        return [self._because(moved, item, best) for item, best in zip(items.tolist(), told, strict=True)]

    def unnamed(self, moment: Moment) -> bool:
        """Where acts are not to be left out, and were not since the last one."""
        return not moment.named and MOVED not in moment.held

    def _because(self, moved: Moved, item: int, best: list[int]) -> Because:
        if not best:
            return self.plain
        if moved.items[best[0]] == item:
            return Because(*acted_on_itself(int(moved.kinds[best[0]])), (item,))
        others = [place for place in best if moved.items[place] != item]
        kinds = [SEARCH if moved.items[place] == SEARCHED else int(moved.kinds[place]) for place in others]
        en, zh, order = acted(tuple(kinds))
        return Because(en, zh, tuple(int(moved.items[others[place]]) for place in order))


SOURCE = Sequence()
