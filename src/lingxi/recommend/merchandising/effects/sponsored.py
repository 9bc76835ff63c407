"""Places that are paid for, and say so."""

from __future__ import annotations

from typing import Any

from lingxi.domain.merchandising import MerchantRule
from lingxi.recommend.merchandising.demands import Demands
from lingxi.recommend.merchandising.effects._effect import Effect
from lingxi.recommend.parts import Bools


class Sponsor(Effect):
    """The best of the items on each place; what is a candidate for that alone stands nowhere else."""

    orders = True

    def fault(self, rule: MerchantRule) -> str:
        """It needs places, each once."""
        effect: Any = rule.effect
        if not effect.positions:
            return "the effect is empty: say in 'positions' which places are sponsored"
        if len(set(effect.positions)) < len(effect.positions):
            return "a place stands in its positions twice"
        return super().fault(rule)

    def brings(self, effect: Any) -> bool:
        """Always."""
        return True

    def order(self, rule: MerchantRule, place: int, members: Bools, demands: Demands) -> None:
        """Its places."""
        effect: Any = rule.effect
        demands.sponsor(place, effect.positions, members, effect.label)


EFFECT = Sponsor()
