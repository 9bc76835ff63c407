"""What the shopper does not want to see."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints

DISMISSED = "standing.dismissed"


class Dismissed:
    """Removes what was dismissed and not liked, taken into the cart or bought since."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None where nothing was dismissed."""
        return moment.outside(items, moment.once("dismissed", lambda: moment.own_where(moment.pair(DISMISSED) > 0)))


FILTER = Dismissed()
