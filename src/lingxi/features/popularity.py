"""How much an item is wanted now: a count of acts that fades.

Four counters fade with lives of an hour, a day, a week and a month (the count falls to 1/e in one life). Unit: weighted
acts, a purchase being 1. Range: 0 and up; 0 where nothing has happened. `trend` is the day's rate over the month's
(about 1: steady, above: rising), 0 for an item without acts.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KINDS
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, HOUR, NEVER, Arrays, Column, Fading, Feature, Floats, Rows, decayed

WEIGHT: Final = {
    "view": 0.1,
    "click": 0.1,
    "add_to_cart": 0.5,
    "purchase": 1.0,
    "like": 0.3,
    "follow": 0.3,
    "share": 0.3,
    "redeem": 0.5,
}
WEIGHTS: Final = tuple(WEIGHT.get(kind, 0.0) for kind in KINDS)
LIVES: Final = {"hour": float(HOUR), "day": float(DAY), "week": 7.0 * DAY, "month": 28.0 * DAY}
H, D, W, M = LIVES.values()
PRIOR: Final = 1.0
"""Acts a month that an item is taken to have beside its own, so that one act makes no trend."""


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, quantity: float, price: float
) -> None:  # pragma: no cover
    weight = WEIGHTS[kind]
    if weight == 0.0:
        return
    hour, day, week, month, last = columns
    age = float(at - last[row])
    if age >= 0.0:
        hour[row] = hour[row] * math.exp(-age / H) + weight
        day[row] = day[row] * math.exp(-age / D) + weight
        week[row] = week[row] * math.exp(-age / W) + weight
        month[row] = month[row] * math.exp(-age / M) + weight
        last[row] = at
    else:
        hour[row] += weight * math.exp(age / H)
        day[row] += weight * math.exp(age / D)
        week[row] += weight * math.exp(age / W)
        month[row] += weight * math.exp(age / M)


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, quantity: Any, price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], quantity[i], price[i])


def _read(name: str, place: int) -> Any:
    def read(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
        return decayed(columns[place], columns[4], rows, now, LIVES[name])

    return read


def trend(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The day's rate over the month's, with `PRIOR` acts a month added to the latter."""
    day = decayed(columns[1], columns[4], rows, now, D) / D
    month = (decayed(columns[3], columns[4], rows, now, M) + PRIOR) / M
    return np.asarray(day / month, np.float32)


FEATURE = Feature(
    name="popularity",
    scope="item",
    columns=(
        *(Column(name, "float64", 0.0) for name in LIVES),
        Column("last", "int64", NEVER),
    ),
    kinds=tuple(WEIGHT),
    update=update,
    fold=fold,
    reads={name: _read(name, place) for place, name in enumerate(LIVES)} | {"trend": trend},
    at_most={name: Fading(name, "last", life) for name, life in LIVES.items()}
    | {"trend": Fading("day", "last", D, M / D / PRIOR)},
)
