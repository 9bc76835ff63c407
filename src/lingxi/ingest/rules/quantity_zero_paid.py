"""A line of quantity 0 for which money was paid (`total`, the sum of the line): one was sold."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import REPAIR, Expressions, Finding, Record, Rule, number, true


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    quantity, total = record.get("quantity"), record.get("total")
    if number(quantity) and number(total) and quantity == 0 and 0 < total <= 1e12:  # type: ignore[operator]
        return Finding(f"quantity: 0 but {total} was paid, taken as 1", {"quantity": 1, "price": total, "total": None})
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    total = pl.col("total")
    when = true((pl.col("quantity") == 0) & (total > 0) & (total <= 1e12))
    empty = pl.lit(None, dtype=pl.Float64)
    return Expressions(when, {"quantity": pl.lit(1.0), "price": total, "total": empty})


RULE = Rule(REPAIR, one, columns, rank=30, fields=("total",))
