"""What the request itself rules out: another category, another price, items that it excludes."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints


class Requested:
    """Keeps what lies in the category (or below it), in the span of prices, and is not excluded."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)]; None for a request without bounds. An item without a price is in no span of prices."""
        query, table = moment.query, moment.state.items
        kept: Bools | None = None
        if query.category is not None:
            kept = _inside(moment, query.category)[table.column("category")[items]]
        for bound, sign in ((query.price_min, 1.0), (query.price_max, -1.0)):
            if bound is not None:
                fits = (table.column("price")[items].astype(np.float64) - np.float64(np.float32(bound))) * sign >= 0
                kept = fits if kept is None else kept & fits
        outside = moment.outside(items, moment.numbers(query.exclude)) if query.exclude else None
        if kept is None or outside is None:
            return outside if kept is None else kept
        return kept & outside


def _inside(moment: Moment, category: str) -> Bools:
    """By category number, whether it is this one or below it; the last entry stands for items without one."""
    names = moment.state.items.categories

    def make() -> Bools:
        below = category + " > "
        inside = [name == category or name.startswith(below) for name in names]
        return np.array([*inside, False])

    return moment.scene.memory.list(("inside", category, len(names)), moment.now, make)


FILTER = Requested()
