"""A line's sum (`total`) in place of the price per unit."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import REPAIR, Expressions, Finding, Record, Rule, number, true


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    quantity, total = record.get("quantity"), record.get("total")
    if record.get("price") is not None or not (number(quantity) and number(total)):
        return None
    if quantity > 0 and 0 <= total <= 1e12:  # type: ignore[operator]
        return Finding(f"price: from the total {total}", {"price": total / quantity, "total": None})  # type: ignore[operator]
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    quantity, total = pl.col("quantity"), pl.col("total")
    # NaN is the greatest number in polars and no number at all in Python.
    when = pl.col("price").is_null() & true((quantity > 0) & ~quantity.is_nan() & (total >= 0) & (total <= 1e12))
    return Expressions(when, {"price": total / quantity, "total": pl.lit(None, dtype=pl.Float64)})


RULE = Rule(REPAIR, one, columns, rank=40, fields=("total",))
