"""A quantity that nobody can buy: zero, negative, not a number, above a thousand million."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import HOLD, Expressions, Finding, Record, Rule, number, true

_MOST: Final = 1e9


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    quantity = record.get("quantity")
    if number(quantity) and not 0 < quantity <= _MOST:  # type: ignore[operator]
        return Finding(f"quantity: {quantity:g} is not above 0 and at most {_MOST:,.0f}")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    quantity = pl.col("quantity")
    return Expressions(quantity.is_not_null() & ~true((quantity > 0) & (quantity <= _MOST)))


RULE = Rule(HOLD, one, columns, rank=60, fields=("quantity",))
