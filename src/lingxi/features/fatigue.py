"""How often this item was shown to this shopper lately without a click.

`shown` counts impressions that fade with a life of three days; it is 0 while the last click, view, cart or purchase is
not older than the last impression by more than that. Unit: impressions. 0 where it was never shown.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, NEVER, Arrays, Column, Feature, Floats, Rows

LIFE: Final = 3.0 * DAY
IMPRESSION: Final = KIND_CODE["impression"]
WANTING: Final = ("view", "click", "add_to_cart", "purchase", "like")
INTEREST: Final = tuple(KIND_CODE[kind] for kind in WANTING)


@compiled
def update(columns: Any, row: int, item: int, at: int, tie: int, kind: int) -> None:  # pragma: no cover
    shown, last, wanted = columns
    if kind == IMPRESSION:
        age = float(at - last[row])
        if age >= 0.0:
            shown[row] = shown[row] * math.exp(-age / LIFE) + 1.0
            last[row] = at
        else:
            shown[row] += math.exp(age / LIFE)
    elif kind in INTEREST:
        wanted[row] = max(wanted[row], at)


@compiled
def fold(columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i])


def shown(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Faded impressions without interest."""
    count: Floats = _shown(columns[0][rows], columns[1][rows], columns[2][rows], now)
    return count


@compiled
def _shown(shown: Any, last: Any, wanted: Any, now: int) -> Any:  # pragma: no cover
    counts = np.zeros(len(shown), np.float32)
    for i in range(len(shown)):
        if wanted[i] < last[i] - LIFE:
            counts[i] = shown[i] * math.exp(-max(now - last[i], 0) / LIFE)
    return counts


FEATURE = Feature(
    name="fatigue",
    scope="pair",
    numbers=(),
    columns=(Column("shown", "float64", 0.0), Column("last", "int64", NEVER), Column("wanted", "int64", NEVER)),
    kinds=("impression", *WANTING),
    update=update,
    fold=fold,
    reads={"shown": shown},
)
