"""A set of merchant rules that compiles the kernels before a shop has any of its own."""

from __future__ import annotations

from typing import Final

from lingxi.domain.merchandising import Boost, MerchantRule, Quota, RuleSet, Sponsored

WARM_UP: Final = RuleSet(
    rules=(
        MerchantRule(id="warm-up-1", effect=Boost(factor=1.1)),
        MerchantRule(id="warm-up-2", effect=Sponsored(positions=(1,))),
        MerchantRule(id="warm-up-3", effect=Quota(most=1, per="brand")),
    )
)
