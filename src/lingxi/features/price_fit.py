"""How the item's price level stands to what this shopper buys.

`own` is the shopper's price level: the mean of `price.level` over the newest purchases, likes and additions to the
cart, weighed by their kind and faded with a life of 120 days; drawn to 0 (what is average in its category) as if there
were two purchases of that level more: one dear bottle makes no rich shopper. The same for every item; −4 to 4. `above`
is the item's level less that: 0 as this shopper is used to, above 0 dearer; 0 where the item's level is not known.
`far` is its size, 0 and up. Source: a shopper's reference price from what they bought before (Mazumdar, Raj and Sinha
2005, "Reference Price Research: Review and Propositions").
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KINDS
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, Arrays, Feature, Floats, Rows
from lingxi.features._price_level import level_at, levels_above, settle

WEIGHT: Final = {"purchase": 1.0, "add_to_cart": 0.5, "like": 0.3}
WEIGHTS: Final = np.array([WEIGHT.get(kind, 0.0) for kind in KINDS])
LIFE: Final = 120.0 * DAY
AVERAGE: Final = 2.0
"""Purchases of the average level that a shopper is taken to have beside the own ones."""


@compiled
def _mean(at: Any, item: Any, kind: Any, weights: Any, prices: Any, now: int) -> float:  # pragma: no cover
    """The shopper's level."""
    total, count, price, category, mean, spread = prices
    summed, weighed = 0.0, AVERAGE
    for i in range(len(item)):
        weight = weights[kind[i]]
        if item[i] >= 0 and weight > 0.0:
            level = level_at(total, count, price, category, mean, spread, item[i])
            if not math.isnan(level):
                weight *= math.exp(-max(now - at[i], 0) / LIFE)
                summed += weight * level
                weighed += weight
    return summed / weighed


def own(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The shopper's level."""
    return np.full(len(items), _mean(*columns[:3], WEIGHTS, columns[3:], now), np.float32)


def above(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The item's level less the shopper's."""
    values: Floats = levels_above(*columns[3:], items, _mean(*columns[:3], WEIGHTS, columns[3:], now))
    return values


def far(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How far the item's level is from the shopper's."""
    return np.abs(above(columns, rows, items, now))


FEATURE = Feature(
    name="price_fit",
    scope="history",
    columns=(),
    reads={"own": own, "above": above, "far": far},
    catalog=("price.total", "price.count", "price", "category"),
    settle=settle,
    measured_by="price",
)
