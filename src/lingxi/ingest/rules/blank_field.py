"""An id given as an empty text: the same as no id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import REPAIR, Expressions, Finding, Record, Rule, true

_FIELDS: Final = ("user", "session", "item")
_BLANK: Final = " \t\r\n"


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    blank: list[str] = []
    for name in _FIELDS:
        value = record.get(name)
        if type(value) is str and not value.strip(_BLANK):
            blank.append(name)
    return Finding(f"{', '.join(blank)}: empty, taken as absent", dict.fromkeys(blank)) if blank else None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    blank = {name: true(pl.col(name).str.strip_chars(_BLANK) == "") for name in _FIELDS}
    when = pl.any_horizontal(*blank.values())
    return Expressions(when, {name: pl.when(~empty).then(pl.col(name)) for name, empty in blank.items()})


RULE = Rule(REPAIR, one, columns, rank=10)
