"""A kind in another spelling: capitals, spaces, hyphens, camel case ("Add-To-Cart", "addToCart")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.ingest.rules._rule import REPAIR, Expressions, Finding, Record, Rule, true

_BETWEEN: Final = re.compile(r"[ \t_.\-]")
_BARE: Final = {kind.replace("_", ""): kind for kind in KINDS}


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    kind = record.get("kind")
    if type(kind) is not str or kind in KIND_CODE:
        return None
    meant = _BARE.get(_BETWEEN.sub("", kind).lower())
    return Finding(f"kind: '{kind[:40]}' is spelled '{meant}'", {"kind": meant}) if meant else None


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    kind = pl.col("kind")
    bare = kind.str.replace_all(_BETWEEN.pattern, "").str.to_lowercase()
    when = true(~kind.is_in(KINDS) & bare.is_in(list(_BARE)))
    return Expressions(when, {"kind": bare.replace(_BARE)})


RULE = Rule(REPAIR, one, columns, rank=10)
