"""A time in seconds, milliseconds or nanoseconds: its size tells which.

Each unit's range starts in March 1973 and ends in the year 5138, so no time of a shop lies in two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import REPAIR, Expressions, Finding, Record, Rule, micros, true

_SECONDS: Final = 10**8
_MILLIS: Final = 10**11
_MICROS: Final = 10**14
_NANOS: Final = 10**17


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    at = record.get("at")
    if type(at) is int:
        if _MICROS <= at < _NANOS or not _SECONDS <= at < 2**63:
            return None
    elif type(at) is not float or not _SECONDS <= at < 2.0**63:
        return None
    if at < _MILLIS:
        return Finding("at: seconds", {"at": round(at * 1_000_000)})
    if at < _MICROS:
        return Finding("at: milliseconds", {"at": round(at * 1_000)})
    if at < _NANOS:
        return Finding("at: a fraction of a microsecond", {"at": round(at)})
    return Finding("at: nanoseconds", {"at": int(at) // 1_000})


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    at = micros(schema)
    value = pl.when(at < _MILLIS).then(at * 1_000_000).when(at < _MICROS).then(at * 1_000).otherwise(at // 1_000)
    when = true((at >= _SECONDS) & ((at < _MICROS) | (at >= _NANOS)))
    return Expressions(when, {"at": value.cast(schema["at"])})


RULE = Rule(REPAIR, one, columns, rank=20, fields=("at",))
