"""What the shopper has just looked at."""

from __future__ import annotations

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.recommend.moment import HOUR, Moment, newest
from lingxi.recommend.parts import NOTHING, Proposal
from lingxi.recommend.sources._listed import Listed

LOOKED = np.isin(np.arange(32), [KIND_CODE["view"], KIND_CODE["click"], KIND_CODE["like"]])
SPAN = 14 * 24 * HOUR


class RecentlyViewed(Listed):
    """Items of views, clicks and likes, newest first; the score halves with each place."""

    en = "You looked at this lately"
    zh = "您最近看过"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """Of the last 14 days; nothing for a guest."""
        history = moment.history
        if not len(history):
            return NOTHING
        return moment.once(f"viewed {n}", lambda: self._newest(moment, n))

    def _newest(self, moment: Moment, n: int) -> Proposal:
        history = moment.history
        since = int(np.searchsorted(history.at, moment.now - SPAN))
        recent = type(history)(history.at[since:], history.item[since:], history.kind[since:])
        items = newest(recent, LOOKED, n)
        return Proposal(items, np.exp2(-np.arange(len(items), dtype=np.float32)))


SOURCE = RecentlyViewed()
