"""What the shopper has at home: bought lately, and not used up by its cycle."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOBODY, Bools, Ints

BOUGHT = "recency.bought"
DUE = "purchase_cycle.due"


class JustBought:
    """Removes what was bought in the last `just_bought_days`, unless it is due again."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None where nothing was bought lately."""
        return moment.outside(items, moment.once("at home", lambda: _at_home(moment)))


def _at_home(moment: Moment) -> Ints:
    if not len(moment.own):
        return NOBODY
    fresh = moment.pair(BOUGHT) <= moment.settings.just_bought_days
    return moment.own_where(fresh & (moment.pair(DUE) < moment.settings.due))


FILTER = JustBought()
