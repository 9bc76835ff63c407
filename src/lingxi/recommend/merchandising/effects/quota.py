"""At least, or at most, so many of the items, or of each of their brands, stand on the first places."""

from __future__ import annotations

from typing import Any

from lingxi.domain.merchandising import EVERYTHING, MerchantRule
from lingxi.recommend.merchandising.demands import Demands
from lingxi.recommend.merchandising.effects._effect import NAMED, Effect
from lingxi.recommend.parts import Bools


class Counted(Effect):
    """A quota of the items together, or with `per` of each brand, category or seller among them."""

    orders = True

    def fault(self, rule: MerchantRule) -> str:
        """Its bounds must leave something, and be possible."""
        effect: Any = rule.effect
        least, most = effect.least, effect.most
        if not least and most is None:
            return "the effect is empty: give at least one of 'least' and 'most'"
        if least is not None and most is not None and least > most:
            return f"at least {least} is more than at most {most}"
        if least is not None and least > effect.first:
            return f"at least {least} do not fit on the first {effect.first} places"
        return NAMED if effect.per is None and rule.items == EVERYTHING else ""

    def brings(self, effect: Any) -> bool:
        """Where some must be shown."""
        return bool(effect.least)

    def order(self, rule: MerchantRule, place: int, members: Bools, demands: Demands) -> None:
        """So many."""
        effect: Any = rule.effect
        demands.count(place, members, effect)


EFFECT = Counted()
