"""The same shopper did the same with the same item within two seconds: from the second on. Never a purchase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import MARK, MINUTE, SECOND, Expressions, Finding, Record, Rule, number, true

_NEAR: Final = 2 * SECOND


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    apart, at = record.get("apart"), record.get("at")
    if apart is None or apart > _NEAR:
        return None
    # Times that are cut to minutes or days say nothing of what lies within one.
    if apart == 0 and number(at) and at % MINUTE == 0:  # type: ignore[operator]
        return None
    return Finding(f"at: the same {apart / SECOND:g} s after the last time")


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    apart = pl.col("apart")
    cut = (apart == 0) & true(pl.col("at").cast(pl.Int64, strict=False) % MINUTE == 0)
    return Expressions(true((apart <= _NEAR) & ~cut))


RULE = Rule(MARK, one, columns, fields=("apart",))
