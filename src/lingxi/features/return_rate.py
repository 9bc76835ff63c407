"""How often an item comes back.

`share` is refunds per purchase line, 0 to 1, drawn towards the whole shop's share as if the item had twenty purchases
of that share beside its own. An item that was never bought has the shop's share; 0 where the shop has no purchases.
Source: the mean of a binomial rate under a beta prior, whose own mean is the whole shop's share.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import Arrays, Column, Feature, Floats, Rows

PURCHASE: Final = KIND_CODE["purchase"]
REFUND: Final = KIND_CODE["refund"]
ALIKE: Final = 20.0
"""Purchases of the shop's share that an item is taken to have beside its own."""


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, quantity: float, price: float
) -> None:  # pragma: no cover
    if kind in (PURCHASE, REFUND):
        place = 0 if kind == PURCHASE else 1
        columns[place][row] += 1
        columns[2][place] += 1


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, quantity: Any, price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], quantity[i], price[i])


def share(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The shrunk share."""
    bought, returned, every = columns
    whole = min(every[1] / every[0], 1.0) if every[0] else 0.0
    own = (returned[rows] + ALIKE * whole) / (bought[rows] + ALIKE)
    return np.asarray(np.minimum(own, 1.0), np.float32)


FEATURE = Feature(
    name="return_rate",
    scope="item",
    columns=(Column("bought", "int64", 0), Column("returned", "int64", 0)),
    totals=("bought", "returned"),
    kinds=("purchase", "refund"),
    update=update,
    fold=fold,
    reads={"share": share},
)
