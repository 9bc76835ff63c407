"""What the shopper is about to run out of."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Proposal
from lingxi.recommend.sources._listed import Listed

DUE = "purchase_cycle.due"
FREQUENCY = "own_frequency.days_120"
LATE = 2.0
"""After so many cycles an item is given up rather than due."""


class BuyAgain(Listed):
    """Own purchases that are due by their cycle: the frequency, less the farther the cycle is from being over."""

    en = "About time to buy this again"
    zh = "差不多该再买了"
    early = Because("You bought this before", "您曾经买过")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """What is due, the surest first."""
        return moment.once(f"due {n}", lambda: self._due(moment, n)) if len(moment.own) else NOTHING

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:
        """Whose cycle is far from over is not said to be due."""
        ripe = moment.once("ripe", lambda: frozenset(moment.own[moment.pair(DUE) >= moment.settings.due].tolist()))
        return [self.plain if item in ripe else self.early for item in proposal.items[ranks].tolist()]

    def _due(self, moment: Moment, n: int) -> Proposal:
        due, weight = moment.pair(DUE), moment.pair(FREQUENCY)
        ripe = np.minimum(due, 1.0) * np.where(due > LATE, LATE / np.maximum(due, LATE), 1.0)
        chance = np.where(np.isfinite(ripe), ripe, 0.0) * weight
        wanted = np.flatnonzero(chance > 0)
        best = wanted[np.lexsort((moment.own[wanted], -chance[wanted]))[:n]]
        return Proposal(moment.own[best], chance[best].astype(np.float32))


SOURCE = BuyAgain()
