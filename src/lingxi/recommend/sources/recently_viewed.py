"""What the shopper has just looked at."""

from __future__ import annotations

from typing import Final

import numpy as np

from lingxi.recommend.moment import LOOKED_AT, Moment
from lingxi.recommend.parts import NOTHING, Ints, Proposal
from lingxi.recommend.sources._listed import Listed

FADING: Final = np.exp2(-np.arange(LOOKED_AT, dtype=np.float32))
"""By how many items were looked at since, what one is worth."""


class RecentlyViewed(Listed):
    """Items looked at in the last 14 days, newest first; the score halves with each place."""

    en = "You looked at this lately"
    zh = "您最近看过"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Nothing for a guest without a session."""
        return moment.once(f"looked {n}", lambda: _lately(moment.looked[:n]))


def _lately(items: Ints) -> Proposal:
    return Proposal(items, FADING[: len(items)]) if len(items) else NOTHING


SOURCE = RecentlyViewed()
