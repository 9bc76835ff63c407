"""How active a shopper is.

`events` counts acts (impressions are none); `purchases` counts purchase lines; `month` fades with a life of 28 days;
`idle` is the days since the last act, +inf for who has none.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, NEVER, Arrays, Column, Feature, Floats, Rows, decayed

LIFE: Final = 28.0 * DAY
IMPRESSION: Final = KIND_CODE["impression"]
PURCHASE: Final = KIND_CODE["purchase"]


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, quantity: float, price: float
) -> None:  # pragma: no cover
    if kind == IMPRESSION:
        return
    events, purchases, month, last = columns
    events[row] += 1
    if kind == PURCHASE:
        purchases[row] += 1
    age = float(at - last[row])
    if age >= 0.0:
        month[row] = month[row] * math.exp(-age / LIFE) + 1.0
        last[row] = at
    else:
        month[row] += math.exp(age / LIFE)


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, quantity: Any, price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], quantity[i], price[i])


def _count(place: int) -> Any:
    def read(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
        return columns[place][rows].astype(np.float32)

    return read


def month(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Faded acts."""
    return decayed(columns[2], columns[3], rows, now, LIFE)


def idle(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Days since the last act."""
    last = columns[3][rows]
    return np.where(last == NEVER, np.inf, np.maximum(now - last, 0) / DAY).astype(np.float32)


FEATURE = Feature(
    name="activity",
    scope="shopper",
    columns=(
        Column("events", "int64", 0),
        Column("purchases", "int64", 0),
        Column("month", "float64", 0.0),
        Column("last", "int64", NEVER),
    ),
    kinds=tuple(kind for kind in KINDS if kind != "impression"),
    update=update,
    fold=fold,
    reads={"events": _count(0), "purchases": _count(1), "month": month, "idle": idle},
)
