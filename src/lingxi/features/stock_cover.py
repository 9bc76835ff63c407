"""How long an item's stock lasts at the pace at which it sells.

`days` is the stock over the units sold a day, the latter from a count that fades with a life of 28 days (a purchase
without a quantity is one unit); 0 to 365. 365 where the stock is unlimited, lasts longer, or nothing is sold; 0 for
an item that is not posted or sold out. Source: days of inventory on hand, with an exponentially weighted pace.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, NEVER, Arrays, Column, Feature, Floats, Rows, decayed

PURCHASE: Final = KIND_CODE["purchase"]
LIFE: Final = 28.0 * DAY
MOST: Final = 365.0


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, quantity: float, price: float
) -> None:  # pragma: no cover
    if kind != PURCHASE:
        return
    sold, last = columns
    units = quantity if 0.0 < quantity < math.inf else 1.0
    age = float(at - last[row])
    if age >= 0.0:
        sold[row] = sold[row] * math.exp(-age / LIFE) + units
        last[row] = at
    else:
        sold[row] += units * math.exp(age / LIFE)


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, quantity: Any, price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], quantity[i], price[i])


def days(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Days that the stock lasts."""
    sold, last, stock = columns
    # In a steady state the faded count is the units sold in one life.
    pace = decayed(sold, last, rows, now, LIFE) / (LIFE / DAY)
    return np.asarray(np.minimum(stock[items] / np.maximum(pace, 1e-6), MOST), np.float32)


FEATURE = Feature(
    name="stock_cover",
    scope="item",
    columns=(Column("sold", "float64", 0.0), Column("last", "int64", NEVER)),
    kinds=("purchase",),
    update=update,
    fold=fold,
    reads={"days": days},
    catalog=("stock",),
)
