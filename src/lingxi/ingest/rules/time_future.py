"""A time more than a day ahead: no clock is that wrong."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lingxi.ingest.rules._rule import DAY, HOLD, Expressions, Finding, Record, Rule, micros, number, true


def one(record: Record, now: int) -> Finding | None:
    at = record.get("at")
    if number(at) and at > now + DAY:  # type: ignore[operator]
        return Finding(f"at: {at} µs is {(at - now) / DAY:,.1f} days ahead; at most 1 day is taken")  # type: ignore[operator]
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:
    return Expressions(true(micros(schema) > now + DAY))


RULE = Rule(HOLD, one, columns, rank=30, fields=("at",))
