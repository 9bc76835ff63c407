"""A set of merchant rules that compiles the kernels before a shop has any of its own."""

from __future__ import annotations

from typing import Final

from lingxi.domain.merchandising import MerchantRule, Quota, RuleSet

WARM_UP: Final = RuleSet(rules=(MerchantRule(id="warm-up", effect=Quota(most=1, per="brand")),))
