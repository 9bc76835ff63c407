"""What is on the rise."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Proposal
from lingxi.recommend.sources._listed import Listed


class Trending(Listed):
    """What is wanted today more than its usual."""

    en = "On the rise right now"
    zh = "最近热度上升"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """The same for everyone."""
        return moment.scene.memory.list(
            ("trending", n), moment.now, lambda: Proposal(*moment.state.trending(moment.now, n))
        )


SOURCE = Trending()
