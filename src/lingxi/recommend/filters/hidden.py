"""What the shop does not show: hidden items, and those that events name but the shop never posted."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints


class Hidden:
    """Keeps what was posted and is visible."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None where all are listed."""
        if moment.all_listed(items):
            return None
        table = moment.state.items
        kept: Bools = table.column("posted")[items] & table.column("visible")[items]
        return kept


FILTER = Hidden()
