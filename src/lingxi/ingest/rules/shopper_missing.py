"""Nobody did it: neither a user nor a session."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import HOLD, Expressions, Finding, Record, Rule


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    if record.get("user") is None and record.get("session") is None:
        return Finding("user, session: both missing; an event needs one of them")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(pl.col("user").is_null() & pl.col("session").is_null())


RULE = Rule(HOLD, one, columns, rank=40)
