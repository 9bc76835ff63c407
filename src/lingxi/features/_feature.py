"""What a feature is: columns, a kernel that an event runs through, and reads.

`update(columns, row, item, at, tie, kind, *numbers)` is compiled by numba; `update.py_func` is the same code
interpreted. One event runs interpreted, a batch through `fold`, the loop around it: one definition for both. `columns`
are arrays in the order of `Feature.columns` (indexed by `row`) and then of `Feature.item_columns` (indexed by `item`);
the last is int64 by `Feature.totals`, of the whole shop, where the feature has any.
`numbers` are those of the event that the feature names: quantity and price unless it says otherwise.

A feature of the scope "pair" takes no numbers: a shopper's pairs are made anew from their history, which keeps none.

A feature of the scope "history" reads the bounded list of a shopper's newest acts against items. Its `at`, `item` and
`kind`, in order of `(at, tie)`, stand before its own columns (by shopper); most have none, and cost an event
nothing. Its `rows` are the numbers of the shopper: of the user, the session, or both.

A feature of the scope "moment" is of the time alone: its `now` is the time on the wall of the shop, its rows are items.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KINDS
from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import compiled

Rows = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float32]
Arrays = tuple[npt.NDArray[Any], ...]
Scope = Literal["item", "shopper", "pair", "history", "moment"]

SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR
NEVER: Final = np.iinfo(np.int64).min // 4
"""The time of what has not happened: early enough for every difference, late enough not to overflow."""


QUANTITY_AND_PRICE: Final = ("quantity", "price")


class Column(NamedTuple):
    """One array of a feature: a value for each item, shopper or shopper × item."""

    name: str
    dtype: str
    default: float


class Fading(NamedTuple):
    """A counter kept as columns `value` and `last`, which fades with `life` (µs), times `factor`."""

    value: str
    last: str
    life: float
    factor: float = 1.0


Read = Callable[[Arrays, Rows, Rows, int], Floats]
"""`read(columns, rows, items, now) -> float32[len(rows)]`; `now` in µs UTC."""

Measure = Callable[[Interactions, Goods], dict[str, Any]]
Settle = Callable[[Mapping[str, Any], Sequence[str]], Arrays]


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of an item, a shopper, a pair (shopper × item), a shopper's history against an item, or the time.
    `reads` are named without the feature's own name.

    `kinds` are those that its kernel listens to: events of others may be kept from it. `numbers` are what the kernel
    takes of an event after its kind: columns of `ports.log.Run`.

    A feature with statistics `measure`s them in a training window as JSON; `settle(measured, categories)` makes arrays
    of them. Its reads get, after its own columns, those of the `catalog` named here (by item; "price.total" is a column
    of an item feature) and those arrays.
    With `measured_by` it settles what the feature of that name has measured.

    `at_most` says of a read of an item feature which fading counter it never is above, and is 0 where that is 0; and
    that it falls, too, until the item's next act: who looks for the greatest passes over the rest.
    """

    name: str
    scope: Scope
    columns: tuple[Column, ...]
    reads: Mapping[str, Read]
    update: Any = None
    fold: Any = None
    kinds: tuple[str, ...] = KINDS
    numbers: tuple[str, ...] = QUANTITY_AND_PRICE
    item_columns: tuple[Column, ...] = ()
    totals: tuple[str, ...] = ()
    catalog: tuple[str, ...] = ()
    measure: Measure | None = None
    settle: Settle | None = None
    measured_by: str = ""
    at_most: Mapping[str, Fading] = field(default_factory=dict)


def decayed(value: npt.NDArray[Any], last: npt.NDArray[Any], rows: Rows, now: int, life: float) -> Floats:
    """Counters kept as `(value, last)` at these rows, read at `now`: value · exp(−age / life), float32[len(rows)]; ages
    below 0 count as 0. Rows may be a slice."""
    if isinstance(rows, slice):
        faded: Floats = _fade(value[rows], last[rows], now, life)
        return faded
    picked: Floats = _fade_at(value, last, rows, now, life)
    return picked


@compiled
def _fade(value: Any, last: Any, now: int, life: float) -> Any:  # pragma: no cover
    faded = np.empty(len(value), np.float32)
    for i in range(len(value)):
        faded[i] = value[i] * math.exp(-max(now - last[i], 0) / life)
    return faded


@compiled
def _fade_at(value: Any, last: Any, rows: Any, now: int, life: float) -> Any:  # pragma: no cover
    faded = np.empty(len(rows), np.float32)
    for i in range(len(rows)):
        faded[i] = value[rows[i]] * math.exp(-max(now - last[rows[i]], 0) / life)
    return faded
