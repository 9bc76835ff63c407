"""What most sources share: a candidate's score is the one it was proposed with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from lingxi.recommend._kernels import added_up
from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Floats, Ints, Proposal
from lingxi.recommend.pool import Pool


class Listed:
    """A source that knows of an item only what it proposes. `en` and `zh` say why in one sentence each, `{}` standing
    for the title of the item that led to it; `several` where none alone did."""

    en = ""
    zh = ""
    several = Because("", "")

    @cached_property
    def plain(self) -> Because:
        """The sentence of a source that no item led to anything."""
        return Because(self.en, self.zh)

    def propose(self, moment: Moment, n: int) -> Proposal:  # noqa: ARG002
        """Nothing, unless a source says otherwise."""
        return NOTHING

    def ahead(self, moment: Moment, n: int) -> Callable[[bool], Mapping[str, Any]] | None:  # noqa: ARG002
        """Nothing: what a list costs is not worth another thread."""
        return None

    def score(self, moment: Moment, pool: Pool, name: str) -> Floats:  # noqa: ARG002
        """float32[m]: the logarithm of the proposal's score, NaN for what was not proposed."""
        return pool.scores(name)

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:  # noqa: ARG002
        """The source's sentence, with the item that led to each, if there is one."""
        if proposal.origins is None:
            return [self.plain] * len(ranks)
        led = proposal.origins[ranks].tolist()
        return [Because(self.en, self.zh, (origin,)) if origin >= 0 else self.several for origin in led]

    def unnamed(self, moment: Moment) -> bool:  # noqa: ARG002
        """Never: what led to an item is known with it."""
        return False


def merge(
    lists: list[Proposal], weights: list[float], origins: list[int], n: int, slot: Ints, *, alone: bool = False
) -> Proposal:
    """Several lists as one: a score is the sum of the weighed scores, the origin that of the list that gave the most.

    With `alone` what stands in several lists has none: without any one of them it would have been proposed as well.
    `slot` is scratch by item number.
    """
    kept = [place for place, each in enumerate(lists) if len(each)]
    if not kept:
        return NOTHING
    every = np.concatenate([lists[place].items for place in kept])
    scores = np.concatenate([lists[place].scores for place in kept])
    told = np.array([(len(lists[place]), weights[place], origins[place]) for place in kept])
    return Proposal(*added_up(every, scores, told, slot, n, alone))
