"""A price far from the item's own: more than thrice, or less than a third, and a robust z-score beyond 6."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import FEWEST, MARK, ROBUST, Expressions, Finding, Record, Rule, number, true

_FAR: Final = 6 * ROBUST
_FACTOR: Final = math.log(3)
"""A sale takes two thirds off at most, as a rule."""


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    price, usual, spread = record.get("price"), record.get("price_usual"), record.get("price_spread")
    if usual is None or spread is None or not number(price) or not price > 0:  # type: ignore[operator]
        return None
    off = abs(math.log(price) - usual)  # type: ignore[arg-type]
    if (record.get("price_known") or 0) >= FEWEST and off > _FACTOR and off > _FAR * spread:
        return Finding(f"price: {price:g}, where {math.exp(usual):g} is usual")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    price = pl.col("price")
    off = (price.log() - pl.col("price_usual")).abs()
    far = (off > _FACTOR) & (off > _FAR * pl.col("price_spread"))
    # NaN is the greatest number in polars and no number at all in Python.
    return Expressions(true((pl.col("price_known") >= FEWEST) & (price > 0) & ~price.is_nan() & far))


RULE = Rule(MARK, one, columns, fields=("price_known",))
