"""An order whose lines all lie off their items' usual prices by one factor above 1.5, as in another currency."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, true

_LINES: Final = 2
"""Lines of different items that agree."""
_ALL: Final = 0.8
"""The share of an order's known lines that must agree."""
_FACTOR: Final = math.log(1.5)
_OFF: Final = 20
"""Discounts are so many parts of a price (5 %): of the usual one, or of this one where all others had the discount."""
_NEAR: Final = 0.1
"""How near a multiple a factor is a discount, in such parts."""


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    shift, alike, lines = record.get("shift"), record.get("shift_lines"), record.get("order_lines")
    if shift is None or alike is None or lines is None or alike < _LINES or alike < _ALL * lines:
        return None
    parts = math.exp(-abs(shift)) * _OFF
    discount = abs(parts - round(parts)) < _NEAR and parts > 1 - _NEAR
    if abs(shift) > _FACTOR and not discount:
        return Finding(f"price: this and {alike - 1:.0f} lines of the order are {math.exp(shift):.4g} times the usual")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    shift, alike = pl.col("shift"), pl.col("shift_lines")
    parts = (-shift.abs()).exp() * _OFF
    discount = ((parts - parts.round()).abs() < _NEAR) & (parts > 1 - _NEAR)
    agreed = (alike >= _LINES) & (alike >= _ALL * pl.col("order_lines"))
    return Expressions(true(agreed & (shift.abs() > _FACTOR) & ~discount))


RULE = Rule(MARK, one, columns, fields=("shift_lines",))
