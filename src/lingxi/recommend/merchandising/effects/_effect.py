"""What every effect offers: it does nothing at the stages that it does not speak of."""

from __future__ import annotations

from typing import Any

from lingxi.domain.merchandising import EVERYTHING, MerchantRule
from lingxi.recommend.merchandising.demands import Demands
from lingxi.recommend.parts import Bools, Floats

NAMED = "it is about no item in particular"


class Effect:
    """The base of all. Hooks are called with the rules in force; `effect` is the rule's own struct."""

    scores = False
    """Whether it changes scores."""
    orders = False
    """Whether it changes the order."""
    insists = False
    """Whether its items are shown even where the shop's own caution (fatigue, just bought) keeps them back."""

    def fault(self, rule: MerchantRule) -> str:
        """What makes the rule empty or impossible; nothing where it is well."""
        return NAMED if rule.items == EVERYTHING else ""

    def removes(self, *, meant: bool) -> bool:
        """Whether its items must not be shown to a shopper whom the rule means, or does not."""
        return False

    def brings(self, effect: Any) -> bool:
        """Whether its items are candidates even where no source proposes them."""
        return False

    def score(self, effect: Any, total: Floats, members: Bools) -> None:
        """Changes the scores `total` float32[m] of its items, the `members` bool[m]."""

    def order(self, rule: MerchantRule, place: int, members: Bools, demands: Demands) -> None:
        """Says what it demands of the order; `place` is the rule's in its set, `members` bool[m] are its items among
        the candidates that may be shown."""
