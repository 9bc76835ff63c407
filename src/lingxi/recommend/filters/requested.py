"""What the request itself rules out: another category, another price, items that it excludes."""

from __future__ import annotations

from lingxi.recommend.allowed import inside, priced
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints


class Requested:
    """Keeps what lies in the category (or below it), in the span of prices, and is not excluded."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)]; None for a request without bounds. An item without a price is in no span of prices."""
        query, table = moment.query, moment.state.items
        kept: Bools | None = None
        if query.category is not None:
            kept = inside(moment, query.category)[table.column("category")[items]]
        if query.price_min is not None or query.price_max is not None:
            fits = priced(table.column("price")[items], query.price_min, query.price_max)
            kept = fits if kept is None else kept & fits
        outside = moment.outside(items, moment.numbers(query.exclude)) if query.exclude else None
        if kept is None or outside is None:
            return outside if kept is None else kept
        return kept & outside


FILTER = Requested()
