"""After how long this shopper needs this item again.

The mean gap between a shopper's purchases of an item, shrunk towards the mean gap of all its buyers, and that towards
`PRIOR_DAYS`: one repeat is no cycle, five are. `days` is that expectation; `due` is the time since the last purchase in
cycles (1: exactly due); `repeats` counts the gaps seen. An item that the shopper never bought has `due` 0.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, NEVER, Arrays, Column, Feature, Floats, Rows

PURCHASE: Final = KIND_CODE["purchase"]
PRIOR_DAYS: Final = 28.0
ITEM_GAPS: Final = 5.0
"""Gaps of `PRIOR_DAYS` that an item is taken to have beside its own."""
OWN_GAPS: Final = 2.0
"""Gaps of the item's cycle that a shopper is taken to have beside the own ones."""


@compiled
def update(columns: Any, row: int, item: int, at: int, tie: int, kind: int) -> None:  # pragma: no cover
    if kind != PURCHASE:
        return
    first, last, count, spans, gaps = columns
    count[row] += 1
    if count[row] == 1:
        first[row] = at
        last[row] = at
        return
    gaps[item] += 1
    if at > last[row]:
        spans[item] += at - last[row]
        last[row] = at
    elif at < first[row]:
        spans[item] += first[row] - at
        first[row] = at


@compiled
def fold(columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i])


@compiled
def _expected(first: Any, last: Any, count: Any, spans: Any, gaps: Any, items: Any) -> Any:  # pragma: no cover
    """The expected gap in µs, float64[len(items)]; `spans` and `gaps` are by item."""
    expected = np.empty(len(items), np.float64)
    for i in range(len(items)):
        of_item = (spans[items[i]] + ITEM_GAPS * PRIOR_DAYS * DAY) / (gaps[items[i]] + ITEM_GAPS)
        own_gaps = max(count[i] - 1, 0)
        expected[i] = (last[i] - first[i] + OWN_GAPS * of_item) / (own_gaps + OWN_GAPS)
    return expected


@compiled
def _cycles(last: Any, expected: Any, now: int) -> Any:  # pragma: no cover
    cycles = np.zeros(len(last), np.float32)
    for i in range(len(last)):
        if last[i] != NEVER:
            cycles[i] = max(now - last[i], 0) / max(expected[i], DAY / 24)
    return cycles


def _gaps(columns: Arrays, rows: Rows, items: Rows) -> npt.NDArray[np.float64]:
    first, last, count, *of_items = columns
    gaps: npt.NDArray[np.float64] = _expected(first[rows], last[rows], count[rows], *of_items, items)
    return gaps


def days(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The expected gap in days."""
    return np.asarray(_gaps(columns, rows, items) / DAY, np.float32)


def due(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Time since the last purchase over the expected gap; 0 where it was never bought."""
    cycles: Floats = _cycles(columns[1][rows], _gaps(columns, rows, items), now)
    return cycles


def repeats(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How many gaps between this shopper's purchases were seen."""
    return np.asarray(np.maximum(columns[2][rows] - 1, 0), np.float32)


FEATURE = Feature(
    name="purchase_cycle",
    scope="pair",
    numbers=(),
    columns=(Column("first", "int64", NEVER), Column("last", "int64", NEVER), Column("count", "int32", 0)),
    item_columns=(Column("spans", "int64", 0), Column("gaps", "int64", 0)),
    kinds=("purchase",),
    update=update,
    fold=fold,
    reads={"days": days, "due": due, "repeats": repeats},
)
