"""A purchase or refund without a quantity is one of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import REPAIR, Expressions, Finding, Record, Rule, true

_SOLD: Final = ("purchase", "refund")


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    if record.get("quantity") is None and record.get("kind") in _SOLD:
        return Finding("quantity: missing, taken as 1", {"quantity": 1})
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    when = pl.col("quantity").is_null() & true(pl.col("kind").is_in(_SOLD))
    return Expressions(when, {"quantity": pl.lit(1.0)})


RULE = Rule(REPAIR, one, columns, rank=20)
