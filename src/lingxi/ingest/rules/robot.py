"""More than 60 acts of one shopper in a minute, or 900 in an hour: no hand is that quick. Never a purchase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, true

_MINUTE: Final = 60
_HOUR: Final = 900


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    minute, hour = record.get("minute"), record.get("hour")
    if minute is not None and minute > _MINUTE:
        return Finding(f"user, session: {minute:.0f} acts in a minute")
    if hour is not None and hour > _HOUR:
        return Finding(f"user, session: {hour:,.0f} acts in an hour")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(true(pl.col("minute") > _MINUTE) | true(pl.col("hour") > _HOUR))


RULE = Rule(MARK, one, columns, fields=("minute", "hour"))
