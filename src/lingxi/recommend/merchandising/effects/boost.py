"""The score of the items is raised or lowered."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.domain.merchandising import MerchantRule
from lingxi.recommend.merchandising._kernels import lift
from lingxi.recommend.merchandising.effects._effect import Effect
from lingxi.recommend.parts import Bools, Floats


class Boosted(Effect):
    """s becomes s + (factor − 1) · |s| + add, so that a factor above 1 raises a score below 0 too."""

    scores = True

    def fault(self, rule: MerchantRule) -> str:
        """One that changes nothing is none."""
        effect: Any = rule.effect
        if effect.factor == 1.0 and effect.add == 0.0:
            return "the effect is empty: give a factor other than 1, or something to add"
        return super().fault(rule)

    def score(self, effect: Any, total: Floats, members: Bools) -> None:
        """Raises or lowers them."""
        lift(total, members, np.float32(effect.factor - 1.0), np.float32(effect.add))


EFFECT = Boosted()
