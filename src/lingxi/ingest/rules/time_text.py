"""A time given as text: ISO 8601 with its zone, or a number in quotes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from lingxi.ingest.rules._rule import DIGITS, REPAIR, SECOND, Expressions, Finding, Record, Rule, true

_ISO: Final = (
    r"^((?:19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2})[Tt ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9])?"
    r"(?:[.,]([0-9]{1,9}))? ?([Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])$"
)
_iso: Final = re.compile(_ISO)
_digits: Final = re.compile(DIGITS)
_END: Final = 2**63
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)


def one(record: Record, now: int) -> Finding | None:  # noqa: ARG001 - a rule's signature
    at = record.get("at")
    if type(at) is not str:
        return None
    micros = int(at) if _digits.fullmatch(at) else _micros(at)
    return None if micros is None or micros >= _END else Finding(f"at: read from the text '{at[:40]}'", {"at": micros})


def _micros(text: str) -> int | None:
    """µs UTC of an ISO 8601 text with a zone, None for any other text."""
    found = _iso.fullmatch(text)
    if found is None:
        return None
    day, minute, second, fraction, zone = found.groups()
    try:
        time = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}+00:00")
    except ValueError:
        return None
    micros = (time - _EPOCH) // _MICRO + int((fraction or "0").ljust(6, "0")[:6]) - _offset(zone)
    return micros if micros >= 0 else None


def _offset(zone: str) -> int:
    """µs that a zone is ahead of UTC."""
    if zone in "Zz":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (-minutes if zone[0] == "-" else minutes) * 60 * SECOND


def columns(schema: Mapping[str, pl.DataType], now: int) -> Expressions:  # noqa: ARG001 - a rule's signature
    if schema["at"] != pl.String():
        return Expressions(pl.lit(value=False))
    text = pl.col("at")
    part = {n: text.str.extract(_ISO, n) for n in range(1, 6)}
    day = pl.concat_str(part[1], pl.lit(" "), part[2], part[3].fill_null(":00"))
    time = day.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False).dt.epoch("us")
    fraction = part[4].fill_null("0").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    zone = part[5].str.replace("[Zz]", "+00:00")
    minutes = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(-2).cast(pl.Int64)
    ahead = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes) * 60 * SECOND
    micros = time + fraction - ahead
    digits = true(text.str.contains(DIGITS))
    value = pl.when(digits).then(text.cast(pl.Int64, strict=False)).otherwise(micros)
    return Expressions(true(value >= 0), {"at": value.cast(pl.String)})


RULE = Rule(REPAIR, one, columns, rank=10, fields=("at",))
