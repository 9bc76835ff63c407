"""What has just come in."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Proposal
from lingxi.recommend.sources._listed import Listed

LOOKED_AT = 500
"""Newest items among which the listed ones are sought."""


class New(Listed):
    """The newest items, newest first: what nobody has bought can be met too."""

    en = "New in the shop"
    zh = "新品上架"

    def propose(self, moment: Moment, n: int) -> Proposal:
        """The same for everyone."""
        return moment.scene.memory.list(("new", n, len(moment.state.items.ids)), moment.now, lambda: _newest(moment, n))


def _newest(moment: Moment, n: int) -> Proposal:
    items = moment.state.items
    start = max(0, len(items.ids) - LOOKED_AT)
    found = (np.flatnonzero(items.column("listed")[start:])[::-1][:n] + start).astype(np.int32)
    return Proposal(found, 1.0 / np.arange(1, len(found) + 1, dtype=np.float32)) if len(found) else NOTHING


SOURCE = New()
