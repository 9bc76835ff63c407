"""A purchase that does not say what was paid."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, true


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    if record.get("price") is None and record.get("kind") == "purchase":
        return Finding("price: missing from a purchase")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(pl.col("price").is_null() & true(pl.col("kind") == "purchase"))


RULE = Rule(MARK, one, columns)
