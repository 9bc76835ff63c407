"""The items stand behind all others."""

from __future__ import annotations

from lingxi.domain.merchandising import MerchantRule
from lingxi.recommend.merchandising.demands import Demands
from lingxi.recommend.merchandising.effects._effect import Effect
from lingxi.recommend.parts import Bools


class Buried(Effect):
    """Shown only where nothing else is left."""

    orders = True

    def order(self, rule: MerchantRule, place: int, members: Bools, demands: Demands) -> None:
        """Last."""
        demands.bury(place, members)


EFFECT = Buried()
