"""What is left to the shop of an item's price.

`share` is (price − cost) / price, at least −1; the cost is the item's attribute `cost`, in the currency of its price.
NaN where either is not told. It says nothing of what shoppers want: a ranker weighs a purchase by it
(`recommend.goal_margin`).
"""

from __future__ import annotations

import numpy as np

from lingxi.features._feature import Arrays, Feature, Floats, Rows


def share(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """What is left of the price."""
    price, cost = (column[items] for column in columns)
    left = (price - cost) / np.where(price > 0, price, np.nan)
    return np.asarray(np.maximum(left, -1.0), np.float32)


FEATURE = Feature(
    name="margin",
    scope="item",
    columns=(),
    reads={"share": share},
    catalog=("price", "cost"),
)
