"""Where this item stands with this shopper: in the cart, dismissed.

`in_cart` is 1 while the last add_to_cart is later than the last remove_from_cart or purchase; `dismissed` is 1 while
the last dismiss is later than the last like, add_to_cart or purchase; else 0. Equal times are ordered by the events'
ties.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import NEVER, Arrays, Column, Feature, Floats, Rows

ADD: Final = KIND_CODE["add_to_cart"]
REMOVE: Final = KIND_CODE["remove_from_cart"]
PURCHASE: Final = KIND_CODE["purchase"]
DISMISS: Final = KIND_CODE["dismiss"]
LIKE: Final = KIND_CODE["like"]
PLACES: Final = ("added", "taken_out", "dismissed", "liked")


@compiled
def _later(at: Any, tie: Any, row: int, new_at: int, new_tie: int) -> None:  # pragma: no cover
    if new_at > at[row] or (new_at == at[row] and new_tie > tie[row]):
        at[row] = new_at
        tie[row] = new_tie


@compiled
def update(columns: Any, row: int, item: int, at: int, tie: int, kind: int) -> None:  # pragma: no cover
    added, added_tie, out, out_tie, dismissed, dismissed_tie, liked, liked_tie = columns
    if kind == ADD:
        _later(added, added_tie, row, at, tie)
    if kind in (REMOVE, PURCHASE):
        _later(out, out_tie, row, at, tie)
    if kind == DISMISS:
        _later(dismissed, dismissed_tie, row, at, tie)
    if kind in (LIKE, ADD, PURCHASE):
        _later(liked, liked_tie, row, at, tie)


@compiled
def fold(columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i])


def _later_of(first: int) -> Any:
    def read(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
        told: Floats = _is_later(*[columns[first + k][rows] for k in range(4)])
        return told

    return read


@compiled
def _is_later(at: Any, tie: Any, other: Any, other_tie: Any) -> Any:  # pragma: no cover
    """1 where `(at, tie)` is later than the other, else 0: float32[n]."""
    later = np.zeros(len(at), np.float32)
    for i in range(len(at)):
        if at[i] > other[i] or (at[i] == other[i] and tie[i] > other_tie[i]):
            later[i] = 1.0
    return later


FEATURE = Feature(
    name="standing",
    scope="pair",
    numbers=(),
    columns=tuple(
        column for name in PLACES for column in (Column(name, "int64", NEVER), Column(f"{name}_tie", "int64", 0))
    ),
    kinds=("add_to_cart", "remove_from_cart", "purchase", "dismiss", "like"),
    update=update,
    fold=fold,
    reads={"in_cart": _later_of(0), "dismissed": _later_of(4)},
)
