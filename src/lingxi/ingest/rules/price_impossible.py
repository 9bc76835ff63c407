"""A price that nobody pays: negative, not a number, above a million million."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import HOLD, Expressions, Finding, Record, Rule, number, true

_FIELDS: Final = ("price", "list_price")
_MOST: Final = 1e12


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    for name in _FIELDS:
        price = record.get(name)
        if number(price) and not 0 <= price <= _MOST:  # type: ignore[operator]
            return Finding(f"{name}: {price:g} is not between 0 and {_MOST:,.0f}")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    prices = [pl.col(name) for name in _FIELDS]
    bad = [price.is_not_null() & ~true((price >= 0) & (price <= _MOST)) for price in prices]
    return Expressions(pl.any_horizontal(*bad))


RULE = Rule(HOLD, one, columns, rank=70, fields=_FIELDS)
