"""What is in the cart already."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints


class InCart:
    """Keeps what is not in the shopper's cart."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None for an empty cart."""
        return moment.outside(items, moment.cart)


FILTER = InCart()
