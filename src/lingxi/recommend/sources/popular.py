"""What everybody buys these weeks."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Proposal
from lingxi.recommend.sources._listed import Listed


class Popular(Listed):
    """The most bought, each purchase weighed by its age."""

    en = "Many shoppers buy this"
    zh = "很多顾客都在买"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """The same for everyone."""
        return moment.scene.memory.list(
            ("popular", n), moment.now, lambda: Proposal(*moment.state.popular(moment.now, n))
        )


SOURCE = Popular()
