"""No kind, or one that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import polars as pl

from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.ingest.rules._rule import HOLD, Expressions, Finding, Record, Rule


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    kind = record.get("kind")
    if kind is None:
        return Finding(f"kind: missing; it is one of {', '.join(KINDS)}")
    if type(kind) is not str or kind in KIND_CODE:
        return None
    near = difflib.get_close_matches(kind.lower().replace("-", "_"), KINDS, n=3, cutoff=0.4) or KINDS
    return Finding(f"kind: there is no '{kind[:80]}'; choose one of {', '.join(near)}")


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(~pl.col("kind").is_in(KINDS).fill_null(value=False))


RULE = Rule(HOLD, one, columns, rank=10)
