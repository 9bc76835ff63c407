"""A kind that is about an item, without one: every kind but a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.domain.event import KINDS
from lingxi.ingest.rules._rule import HOLD, Expressions, Finding, Record, Rule, true

_ABOUT_ITEMS: Final = frozenset(KINDS) - {"search"}


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    if record.get("item") is None and type(kind := record.get("kind")) is str and kind in _ABOUT_ITEMS:
        return Finding(f"item: missing; a {kind} is about an item")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    return Expressions(pl.col("item").is_null() & true(pl.col("kind").is_in(sorted(_ABOUT_ITEMS))))


RULE = Rule(HOLD, one, columns, rank=50)
