"""How long ago this shopper last bought, and last looked at, this item.

`bought` and `viewed` are ages in days, 0 and up; +inf where it never happened.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, NEVER, Arrays, Column, Feature, Floats, Rows

PURCHASE: Final = KIND_CODE["purchase"]
VIEW: Final = KIND_CODE["view"]
CLICK: Final = KIND_CODE["click"]


@compiled
def update(columns: Any, row: int, item: int, at: int, tie: int, kind: int) -> None:  # pragma: no cover
    bought, viewed = columns
    if kind == PURCHASE:
        bought[row] = max(bought[row], at)
    elif kind in (VIEW, CLICK):
        viewed[row] = max(viewed[row], at)


@compiled
def fold(columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i])


def _read(place: int) -> Any:
    def read(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
        days: Floats = _days(columns[place][rows], now)
        return days

    return read


@compiled
def _days(last: Any, now: int) -> Any:  # pragma: no cover
    days = np.empty(len(last), np.float32)
    for i in range(len(last)):
        days[i] = np.inf if last[i] == NEVER else max(now - last[i], 0) / DAY
    return days


FEATURE = Feature(
    name="recency",
    scope="pair",
    numbers=(),
    columns=(Column("bought", "int64", NEVER), Column("viewed", "int64", NEVER)),
    kinds=("purchase", "view", "click"),
    update=update,
    fold=fold,
    reads={"bought": _read(0), "viewed": _read(1)},
)
