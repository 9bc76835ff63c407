"""An order whose lines all lie off their items' usual prices by one rate of sales tax, as with or without the tax."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import MARK, Expressions, Finding, Record, Rule, true

_LINES: Final = 3
"""Lines of different items that agree."""
_ALL: Final = 0.8
"""The share of an order's known lines that must agree."""
_RATES: Final = (5, 5.5, 6, 7, 8, 8.5, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 25.5, 27)
"""Rates of sales tax in percent, from Taiwan's 5 to Hungary's 27."""
_DISCOUNTS: Final = tuple(math.log(1 - part / 100) for part in range(5, 100, 5))
_NEAR: Final = 0.003
_SHIFTS: Final = tuple(
    sign * math.log(1 + rate / 100)
    for rate in _RATES
    for sign in (1, -1)
    # Without the tax a price is lower; so it is with a discount, and most are multiples of 5 %.
    if sign > 0 or min(abs(-math.log(1 + rate / 100) - each) for each in _DISCOUNTS) > 2 * _NEAR
)


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    shift, alike, lines = record.get("shift"), record.get("shift_lines"), record.get("order_lines")
    if shift is None or alike is None or lines is None or alike < _LINES or alike < _ALL * lines:
        return None
    if any(abs(shift - each) <= _NEAR for each in _SHIFTS):
        return Finding(f"price: this and {alike - 1:.0f} lines of the order are {math.exp(shift):.3f} times the usual")
    return None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    shift, alike = pl.col("shift"), pl.col("shift_lines")
    rated = reduce(or_, [(shift - each).abs() <= _NEAR for each in _SHIFTS])
    return Expressions(true((alike >= _LINES) & (alike >= _ALL * pl.col("order_lines")) & rated))


RULE = Rule(MARK, one, columns, fields=("shift_lines",))
