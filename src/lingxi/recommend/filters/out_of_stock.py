"""What cannot be bought now."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints


class OutOfStock:
    """Keeps what is in stock; a stock that the shop does not tell is without limit."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None where all are listed."""
        if moment.all_listed(items):
            return None
        kept: Bools = moment.state.items.column("in_stock")[items]
        return kept


FILTER = OutOfStock()
