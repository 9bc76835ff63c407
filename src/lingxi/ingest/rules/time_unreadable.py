"""A time that cannot be read: text that is no ISO 8601 with a zone, or a number before 1973 in any unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import HOLD, Expressions, Finding, Record, Rule, micros, number, true

_EARLIEST: Final = 10**8


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    at = record.get("at")
    if type(at) is str:
        return Finding(f"at: cannot read '{at[:40]}'; send µs UTC, or ISO 8601 with its zone (2026-11-24T10:00:00Z)")
    if number(at) and not at >= _EARLIEST:  # type: ignore[operator]
        return Finding(f"at: {at} is before 1973 in any unit; send µs UTC")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    at = micros(schema)
    return Expressions(pl.col("at").is_not_null() & ~true(at >= _EARLIEST))


RULE = Rule(HOLD, one, columns, rank=20, fields=("at",))
