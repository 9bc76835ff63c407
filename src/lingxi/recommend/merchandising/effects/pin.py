"""The items stand at a place and those behind it."""

from __future__ import annotations

from typing import Any

from lingxi.domain.merchandising import PLACES, MerchantRule
from lingxi.recommend.merchandising.demands import Demands
from lingxi.recommend.merchandising.effects._effect import Effect
from lingxi.recommend.parts import Bools


class Pinned(Effect):
    """A pin: what is not to be had leaves its place to the next id."""

    orders = True
    insists = True

    def fault(self, rule: MerchantRule) -> str:
        """A pin names its items one by one."""
        effect: Any = rule.effect
        if not rule.items.ids:
            return "a pin needs the ids of its items (items.ids)"
        last = effect.position + len(rule.items.ids) - 1
        return f"its last item would stand at {last}, and a slate has {PLACES} places" if last > PLACES else ""

    def brings(self, effect: Any) -> bool:
        """Always."""
        return True

    def order(self, rule: MerchantRule, place: int, members: Bools, demands: Demands) -> None:
        """Each item at its place."""
        effect: Any = rule.effect
        demands.pin(place, effect.position, demands.places_of(rule.items.ids, members))


EFFECT = Pinned()
