"""How often an item was shown to shoppers, and how often it was clicked.

Both counts fade with a life of 28 days (they fall to 1/e in one life). Unit: impressions, clicks; 0 and up, 0 where
the shop sends none. What little is known of an item is told from how often it was shown at all.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, NEVER, Arrays, Column, Feature, Floats, Rows, decayed

LIFE: Final = 28.0 * DAY
IMPRESSION: Final = KIND_CODE["impression"]
CLICK: Final = KIND_CODE["click"]


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, quantity: float, price: float
) -> None:  # pragma: no cover
    if kind != IMPRESSION and kind != CLICK:
        return
    shown, clicked, last = columns
    age = float(at - last[row])
    weight = 1.0
    if age >= 0.0:
        fading = math.exp(-age / LIFE)
        shown[row] *= fading
        clicked[row] *= fading
        last[row] = at
    else:
        weight = math.exp(age / LIFE)
    if kind == IMPRESSION:
        shown[row] += weight
    else:
        clicked[row] += weight


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, quantity: Any, price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], quantity[i], price[i])


def shown(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Faded impressions."""
    return np.asarray(decayed(columns[0], columns[2], rows, now, LIFE), np.float32)


def clicked(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Faded clicks."""
    return np.asarray(decayed(columns[1], columns[2], rows, now, LIFE), np.float32)


FEATURE = Feature(
    name="exposure",
    scope="item",
    columns=(Column("shown", "float64", 0.0), Column("clicked", "float64", 0.0), Column("last", "int64", NEVER)),
    kinds=("impression", "click"),
    update=update,
    fold=fold,
    reads={"shown": shown, "clicked": clicked},
)
