"""A purchase for nothing: a gift, a coupon, or a till's mistake."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, number, true


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    price = record.get("price")
    if number(price) and price == 0 and record.get("kind") == "purchase":
        return Finding("price: 0 was paid")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(true((pl.col("price") == 0) & (pl.col("kind") == "purchase")))


RULE = Rule(MARK, one, columns, fields=("price",))
