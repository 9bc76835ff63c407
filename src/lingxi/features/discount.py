"""How much a shopper buys at a discount.

Over the purchases whose list price and price paid are known: `share` is the share of those paid at least 1 % below the
list price, 0 to 1; `depth` is the discount that they had on average (geometric), 0 to 1, the purchases at full price
counting as 0: price sensitivity as it shows in what is bought. Both are drawn towards 0 as if there were two purchases
at full price more: one bargain is no habit. 0 where nothing is known. Source: deal proneness as the share of what is
bought on a deal (Blattberg, Buesing, Peacock and Sen 1978, "Identifying the Deal Prone Segment"), shrunk.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import Arrays, Column, Feature, Floats, Rows

PURCHASE: Final = KIND_CODE["purchase"]
LEAST: Final = 0.990_001
"""What is paid of the list price at a discount, at most: less is rounding, of prices and of numbers."""
FULL: Final = 2.0
"""Purchases at full price that a shopper is taken to have beside the own ones."""
STEP: Final = 1e6
"""Steps in which logarithms are added: whole numbers, so that their order makes no difference."""
FREE: Final = 1e-3
"""What a gift is taken to have cost of its list price."""


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, price: float, list_price: float
) -> None:  # pragma: no cover
    if kind != PURCHASE or not 0.0 <= price < math.inf or not 0.0 < list_price < math.inf:
        return
    known, cut, depth = columns
    known[row] += 1
    paid = price / list_price
    if paid <= LEAST:
        cut[row] += 1
        depth[row] -= math.floor(math.log(max(paid, FREE)) * STEP + 0.5)


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, price: Any, list_price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], price[i], list_price[i])


def share(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The share of purchases at a discount."""
    return np.asarray(columns[1][rows] / (columns[0][rows] + FULL), np.float32)


def depth(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The mean discount."""
    return np.asarray(-np.expm1(-columns[2][rows] / ((columns[0][rows] + FULL) * STEP)), np.float32)


FEATURE = Feature(
    name="discount",
    scope="shopper",
    columns=(Column("known", "int32", 0), Column("cut", "int32", 0), Column("depth", "int64", 0)),
    kinds=("purchase",),
    numbers=("price", "list_price"),
    update=update,
    fold=fold,
    reads={"share": share, "depth": depth},
)
