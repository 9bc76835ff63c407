"""A shopper, item or order called a test ("test", "TEST001", "qa_user"), or 0.01 paid for what is usually 1 or more."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import FEWEST, MARK, Expressions, Finding, Record, Rule, number, true

_PERSON: Final = (
    r"(?i)^(test|testing|tester|dummy|qa)([ _.@\-]?(user|order|customer|account|shopper|session))?"
    r"([ _.\-]?[0-9]+)?(@.*)?$"
)
_ITEM: Final = r"(?i)^test([ _.\-]?(item|product|sku))?([ _.\-]?[0-9]+)?$"
"""Narrower: a dummy is also what a baby sucks."""
_NAMED: Final = {"user": _PERSON, "session": _PERSON, "order": _PERSON, "item": _ITEM}
_named: Final = [(name, re.compile(pattern)) for name, pattern in _NAMED.items()]
_PENNY: Final = 0.01


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    for name, pattern in _named:
        value = record.get(name)
        if type(value) is str and value[:1] in "tTdDqQ" and "\n" not in value and pattern.search(value):
            return Finding(f"{name}: '{value[:40]}' is called a test")
    usual = record.get("price_usual")
    if usual is None or usual < 0 or (record.get("price_known") or 0) < FEWEST or record.get("kind") != "purchase":
        return None
    price = record.get("price")
    return Finding(f"price: 0.01, where {math.exp(usual):g} is usual") if number(price) and price == _PENNY else None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    named = [
        true(pl.col(name).str.contains(pattern) & ~pl.col(name).str.contains("\n", literal=True))
        for name, pattern in _NAMED.items()
    ]
    price = (pl.col("price") == _PENNY) & (pl.col("price_usual") >= 0) & (pl.col("price_known") >= FEWEST)
    return Expressions(pl.any_horizontal(*named, true(price & (pl.col("kind") == "purchase"))))


RULE = Rule(MARK, one, columns)
