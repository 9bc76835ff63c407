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
        days, due = moment.settings.just_bought_days, moment.settings.due
        return moment.outside(items, moment.once(f"at home {days} {due}", lambda: _at_home(moment, days, due)))


def _at_home(moment: Moment, days: float, due: float) -> Ints:
    if not len(moment.own):
        return NOBODY
    fresh = moment.pair(BOUGHT) <= days
    return moment.own_where(fresh & (moment.pair(DUE) < due))


FILTER = JustBought()
