"""How often this shopper buys this item.

`count` is the number of purchases; `days_14`, `days_30` and `days_120` fade with those lives (to 1/e). Unit: purchases.
Range: 0 and up; 0 where the shopper never bought it.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, NEVER, Arrays, Column, Feature, Floats, Rows, decayed

PURCHASE: Final = KIND_CODE["purchase"]
LIVES: Final = {"days_14": 14.0 * DAY, "days_30": 30.0 * DAY, "days_120": 120.0 * DAY}
SHORT, MIDDLE, LONG = LIVES.values()


@compiled
def update(columns: Any, row: int, item: int, at: int, tie: int, kind: int) -> None:  # pragma: no cover
    if kind != PURCHASE:
        return
    count, short, middle, long, last = columns
    count[row] += 1
    age = float(at - last[row])
    if age >= 0.0:
        short[row] = short[row] * math.exp(-age / SHORT) + 1.0
        middle[row] = middle[row] * math.exp(-age / MIDDLE) + 1.0
        long[row] = long[row] * math.exp(-age / LONG) + 1.0
        last[row] = at
    else:
        short[row] += math.exp(age / SHORT)
        middle[row] += math.exp(age / MIDDLE)
        long[row] += math.exp(age / LONG)


@compiled
def fold(columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i])


def count(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Purchases so far."""
    return columns[0][rows].astype(np.float32)


def _read(name: str, place: int) -> Any:
    def read(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
        return decayed(columns[place], columns[4], rows, now, LIVES[name])

    return read


FEATURE = Feature(
    name="own_frequency",
    scope="pair",
    numbers=(),
    columns=(
        Column("count", "int32", 0),
        *(Column(name, "float64", 0.0) for name in LIVES),
        Column("last", "int64", NEVER),
    ),
    kinds=("purchase",),
    update=update,
    fold=fold,
    reads={"count": count} | {name: _read(name, place + 1) for place, name in enumerate(LIVES)},
)
