"""What the page shows already: the item looked at, the lines of the cart that the shop sent."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints


class Context:
    """Keeps what the request does not name."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None where nothing is named."""
        return moment.outside(items, moment.context)


FILTER = Context()
