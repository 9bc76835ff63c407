"""What hardly anyone was shown yet: only where the shop explores."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.because import Because
from lingxi.recommend.exploring import MINUTE, little_known
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Proposal
from lingxi.recommend.sources._listed import Listed

LOOKED_AT = 500
"""Newest items, and as many of any age, among which the little known ones are sought."""


class Untried(Listed):
    """Little known items, drawn anew each minute: the blend orders them, and exploration chooses among the best."""

    en = "Something you may not know yet"
    zh = "也许您还不知道它"
    known = Because("A good choice here", "这里的不错之选")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """The same for everyone; nothing without exploration."""
        if moment.settings.explorer == "none":
            return NOTHING
        settings = moment.settings
        key = ("untried", n, len(moment.state.items.ids), settings.explore_seed, settings.explore_below)
        return moment.scene.memory.list(key, moment.now, lambda: _drawn(moment, n))

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:
        """What hardly anyone knows this shopper may have met."""
        met = np.isin(proposal.items[ranks], moment.own)
        return [self.known if each else self.plain for each in met.tolist()]


def _drawn(moment: Moment, n: int) -> Proposal:
    items = moment.state.items
    size = len(items.ids)
    if not size:
        return NOTHING
    rng = np.random.Generator(np.random.PCG64([moment.settings.explore_seed, moment.now // MINUTE]))
    newest = np.arange(max(0, size - LOOKED_AT), size)
    looked = np.unique(np.append(newest, rng.integers(0, size, LOOKED_AT))).astype(np.int32)
    looked = looked[items.column("listed")[looked]]
    found = rng.permutation(looked[little_known(moment, looked)])[:n]
    return Proposal(found, 1.0 / np.arange(1, len(found) + 1, dtype=np.float32)) if len(found) else NOTHING


SOURCE = Untried()
