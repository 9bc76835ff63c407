"""What the shopper buys again and again."""

from __future__ import annotations

from lingxi.recommend._kernels import above_nothing
from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Floats, Proposal
from lingxi.recommend.pool import Pool
from lingxi.recommend.sources._listed import Listed

FREQUENCY = "own_frequency.days_120"
REGULARLY = 2.0
"""Purchases that fade: above it there were three at least, and the last of them are not long ago."""


class Own(Listed):
    """Own purchases, each weighed by its age."""

    en = "You buy this regularly"
    zh = "您经常购买"
    once = Because("You bought this before", "您曾经买过")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """What was bought, the most often and latest first."""
        return moment.once(f"own {n}", lambda: self._favourites(moment, n)) if len(moment.own) else NOTHING

    def _favourites(self, moment: Moment, n: int) -> Proposal:
        return Proposal(*above_nothing(moment.own, moment.pair(FREQUENCY), n))

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:  # noqa: ARG002
        """What was bought a time or two is not bought regularly."""
        return [self.plain if score > REGULARLY else self.once for score in proposal.scores[ranks].tolist()]

    def score(self, moment: Moment, pool: Pool, name: str) -> Floats:  # noqa: ARG002
        """The decayed count of own purchases of every candidate."""
        return moment.own_column(FREQUENCY, pool.items)


SOURCE = Own()
