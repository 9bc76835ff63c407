"""A quantity that is rare at a till. Fuel is sold by the thousandth of a gallon, so it stays a sale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, number, true

_RARE: Final = 1_000


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    quantity = record.get("quantity")
    if number(quantity) and quantity > _RARE:  # type: ignore[operator]
        return Finding(f"quantity: {quantity:g} is above {_RARE:,}")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    quantity = pl.col("quantity")
    # NaN is the greatest number in polars and no number at all in Python.
    return Expressions(true((quantity > _RARE) & ~quantity.is_nan()))


RULE = Rule(MARK, one, columns, fields=("quantity",))
