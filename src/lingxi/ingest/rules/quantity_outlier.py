"""Far more of an item than its other sales and the shopper's have: 20 times the usual, robust z-score beyond 3.5."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import FEWEST, MARK, ROBUST, Expressions, Finding, Record, Rule, number, true

_FAR: Final = 3.5 * ROBUST
_FACTOR: Final = math.log(20)
_HABIT: Final = 2
"""So many other lines nearly as large make it a habit of the shopper, who orders in bulk more than one thing, or of the
item, if they are one in `_SHARE` of its sales besides."""
_SHARE: Final = 16


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    quantity, usual, spread = record.get("quantity"), record.get("quantity_usual"), record.get("quantity_spread")
    if usual is None or spread is None or not number(quantity) or not quantity > 0:  # type: ignore[operator]
        return None
    known, like = record.get("quantity_known") or 0, record.get("quantity_like") or 0
    if (like >= _HABIT and like * _SHARE >= known) or (record.get("own_like") or 0) >= _HABIT:
        return None
    above = math.log(quantity) - usual  # type: ignore[arg-type]
    if known >= FEWEST and above > _FACTOR and above > _FAR * spread:
        return Finding(f"quantity: {quantity:g}, where {math.exp(usual):g} is usual")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    quantity = pl.col("quantity")
    above = quantity.log() - pl.col("quantity_usual")
    far = (above > _FACTOR) & (above > _FAR * pl.col("quantity_spread"))
    known, like = pl.col("quantity_known"), pl.col("quantity_like").fill_null(0)
    rare = ((like < _HABIT) | (like * _SHARE < known)) & (pl.col("own_like").fill_null(0) < _HABIT)
    # NaN is the greatest number in polars and no number at all in Python.
    return Expressions(true((known >= FEWEST) & (quantity > 0) & ~quantity.is_nan() & rare & far))


RULE = Rule(MARK, one, columns, fields=("quantity_known",))
