"""What was shown again and again and never met with an act."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints

SHOWN = "fatigue.shown"


class Fatigue:
    """Removes what was shown `fatigue_views` times lately without a click; it comes back as the impressions fade."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None where nothing was shown too often."""
        views = moment.settings.fatigue_views
        return moment.outside(
            items, moment.once(f"tired {views}", lambda: moment.own_where(moment.pair(SHOWN) >= views))
        )


FILTER = Fatigue()
