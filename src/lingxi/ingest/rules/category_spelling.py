"""Of an item: a category written otherwise than most items have it, by case, spaces, signs, accents or one letter."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, true


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    usual = record.get("category_usual")
    if type(usual) is str and usual != record.get("category"):
        return Finding(f"category: most items have '{usual[:80]}'")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(
        true(pl.col("category_usual").is_not_null() & pl.col("category_usual").ne_missing(pl.col("category")))
    )


RULE = Rule(MARK, one, columns, fields=("category_usual",), of="item")
