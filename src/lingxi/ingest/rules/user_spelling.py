"""A user written like another but for capitals, spaces or a ".0" behind a number: perhaps one person, never joined."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, true


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    if record.get("alike") == 1:
        return Finding("user: written like another but for capitals, spaces or what stands behind the number")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(true(pl.col("alike") == 1))


RULE = Rule(MARK, one, columns, fields=("alike",))
