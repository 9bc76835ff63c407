"""What the shopper is about to run out of."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import compiled
from lingxi.recommend._kernels import above_nothing
from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Proposal
from lingxi.recommend.sources._listed import Listed

DUE = "purchase_cycle.due"
FREQUENCY = "own_frequency.days_120"
LATE = np.float32(2.0)
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
        return Proposal(*above_nothing(moment.own, _chances(moment.pair(DUE), moment.pair(FREQUENCY)), n))


@compiled
def _chances(due: Any, weight: Any) -> Any:  # pragma: no cover
    """The weight float32[m] of each item, less the farther its cycle `due` float32[m] is from being over."""
    chances = np.zeros(len(due), np.float32)
    for i in range(len(due)):
        if np.isfinite(due[i]):
            ripe = min(due[i], np.float32(1.0))
            chances[i] = weight[i] * (ripe if due[i] <= LATE else ripe * LATE / due[i])
    return chances


SOURCE = BuyAgain()
