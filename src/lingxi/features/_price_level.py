"""How dear an item is among its like, from the statistics that `price` measures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from lingxi.features._compiled import compiled
from lingxi.features._feature import Arrays

STEP: Final = 1e6
"""Steps in which logarithms are added: whole numbers, so that their order makes no difference."""
BOUND: Final = 4.0


def settle(measured: Mapping[str, Any], categories: Sequence[str]) -> Arrays:
    """`mean` and `spread` by number of this shop's categories, float64[len + 1]; the last is for an item without one.

    Without statistics the mean is NaN.
    """
    whole = [measured.get("mean", math.nan), measured.get("spread", 1.0)]
    own = measured.get("categories", {})
    table = np.array([*(own.get(name, whole) for name in categories), whole], np.float64)
    return table[:, 0].copy(), table[:, 1].copy()


@compiled
def level_at(
    total: Any, count: Any, price: Any, category: Any, mean: Any, spread: Any, item: int
) -> float:  # pragma: no cover
    """The level of an item, −BOUND to BOUND; NaN where its price or the statistics are missing.

    The price is the catalog's, else the mean that was paid: `total` steps of logarithms over `count` purchases.
    """
    if price[item] > 0.0 and price[item] < math.inf:
        own = math.log(price[item])
    elif count[item] > 0:
        own = total[item] / (count[item] * STEP)
    else:
        return math.nan
    # A category of −1 reads the last.
    far = (own - mean[category[item]]) / spread[category[item]]
    return float(far) if math.isnan(far) else float(min(max(far, -BOUND), BOUND))


@compiled
def levels_above(
    total: Any, count: Any, price: Any, category: Any, mean: Any, spread: Any, items: Any, base: float
) -> Any:  # pragma: no cover
    """The level of each item less `base`, float32[items]; 0 where its level is not known."""
    above = np.zeros(len(items), np.float32)
    for i in range(len(items)):
        level = level_at(total, count, price, category, mean, spread, items[i])
        if not math.isnan(level):
            above[i] = level - base
    return above
