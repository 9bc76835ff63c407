"""The items are shown to some shoppers only: who is not known to be one of them does not see them."""

from __future__ import annotations

from lingxi.domain.merchandising import EVERYBODY, MerchantRule
from lingxi.recommend.merchandising.effects._effect import Effect


class Eligible(Effect):
    """Removes for all whom the rule does not mean."""

    def fault(self, rule: MerchantRule) -> str:
        """Everybody is no condition."""
        if rule.shoppers == EVERYBODY:
            return "the effect is empty: say in 'shoppers' who may see the items"
        return super().fault(rule)

    def removes(self, *, meant: bool) -> bool:
        """Whom it does not mean."""
        return not meant


EFFECT = Eligible()
