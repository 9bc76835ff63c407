"""What everybody buys these weeks."""

from __future__ import annotations

from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Proposal
from lingxi.recommend.sources._best import MANY
from lingxi.recommend.sources._listed import Listed


class Popular(Listed):
    """The most bought, each purchase weighed by its age."""

    en = "Many shoppers buy this"
    zh = "很多顾客都在买"
    few = Because("A good choice here", "这里的不错之选")

    def propose(self, moment: Moment, n: int) -> Proposal:
        """The same for everyone."""
        return moment.scene.memory.list(
            ("popular", n), moment.now, lambda: Proposal(*moment.state.popular(moment.now, n))
        )

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:  # noqa: ARG002
        """In a shop without sales the most bought was bought by nobody."""
        return [self.plain if score >= MANY else self.few for score in proposal.scores[ranks].tolist()]


SOURCE = Popular()
