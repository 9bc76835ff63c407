"""How dear an item is among its like.

`level` is the logarithm of the price, less the mean of its category and over its spread: 0 as the category is on
average, 1 a spread dearer; −4 to 4. Where the price or the statistics are missing it is 0. The price is the catalog's,
else the mean that was paid. `paid` is that mean (geometric, in the shop's currency); NaN where nothing was paid.
The categories' means and spreads come from the training window and travel in the bundle.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import compiled
from lingxi.features._feature import Arrays, Column, Feature, Floats, Rows
from lingxi.features._price_level import STEP, levels_above, settle

PURCHASE: Final = KIND_CODE["purchase"]
ALIKE: Final = 5.0
"""Items of the whole shop that a category is taken to have beside its own."""
LEAST: Final = 0.05
"""The least spread: where all prices are equal a cent makes nothing dear."""


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, quantity: float, price: float
) -> None:  # pragma: no cover
    if kind != PURCHASE or not 0.0 < price < math.inf:
        return
    total, count = columns
    total[row] += math.floor(math.log(price) * STEP + 0.5)
    count[row] += 1


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, quantity: Any, price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], quantity[i], price[i])


def measure(past: Interactions, goods: Goods) -> dict[str, Any]:
    """`mean` and `spread` of the logarithm of the price over all items, and of each category by its name.

    An item's price is the mean paid in `past`, else the catalog's.
    """
    known = (past.kind == PURCHASE) & (past.item >= 0) & (past.price > 0) & np.isfinite(past.price)
    sold = past.item[known]
    count = np.bincount(sold, minlength=len(goods))[: len(goods)]
    total = np.bincount(sold, np.log(past.price[known]), minlength=len(goods))[: len(goods)]
    price = np.where(count > 0, total / np.maximum(count, 1), _log(goods.price))
    has = np.isfinite(price)
    if not has.any():
        return {}
    mean, spread = float(price[has].mean()), max(float(price[has].std()), LEAST)
    inside = has & (goods.category >= 0)
    return {"mean": mean, "spread": spread, "categories": _by_category(price, goods, inside, mean, spread)}


def _by_category(
    price: npt.NDArray[Any], goods: Goods, inside: npt.NDArray[np.bool_], mean: float, spread: float
) -> dict[str, list[float]]:
    """Mean and spread of each category, drawn towards those of the whole."""
    category, size = goods.category[inside], len(goods.categories)
    count = np.bincount(category, minlength=size)
    of_each = (np.bincount(category, price[inside], minlength=size) + ALIKE * mean) / (count + ALIKE)
    far = (price[inside] - of_each[category]) ** 2
    spreads = np.sqrt((np.bincount(category, far, minlength=size) + ALIKE * spread**2) / (count + ALIKE))
    spreads = np.maximum(spreads, LEAST)
    return {goods.categories[k]: [float(of_each[k]), float(spreads[k])] for k in np.flatnonzero(count).tolist()}


def level(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The price among those of its category."""
    values: Floats = levels_above(*columns, items, 0.0)
    return values


def paid(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The mean price paid."""
    times = columns[1][rows]
    mean = np.exp(columns[0][rows] / (np.maximum(times, 1) * STEP))
    return np.asarray(np.where(times > 0, mean, np.nan), np.float32)


def _log(price: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """NaN where there is no price above 0."""
    return np.log(np.where(price > 0, price, np.nan).astype(np.float64))


FEATURE = Feature(
    name="price",
    scope="item",
    columns=(Column("total", "int64", 0), Column("count", "int64", 0)),
    kinds=("purchase",),
    update=update,
    fold=fold,
    reads={"level": level, "paid": paid},
    catalog=("price", "category"),
    measure=measure,
    settle=settle,
)
