"""Which part of a log is meant: the last days, a span of dates, a span of changes."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
from msgspec import Struct

from lingxi.domain.errors import Invalid
from lingxi.insight.picture import DAY, Picture

FORMS = "28d, 2026-01-01..2026-01-31 or seq:1..120000"


class Period(Struct, frozen=True):
    """A span of one `column` of the events (`at` in µs UTC, or `seq`): first ≤ value < stop; `name` is how it was
    asked for."""

    name: str
    column: str
    first: int
    stop: int

    def events(self) -> pl.Expr:
        """Whether an event lies in it."""
        return (pl.col(self.column) >= self.first) & (pl.col(self.column) < self.stop)


def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name.

    Raises:
        Invalid: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        remedy = "set it to an IANA name such as Europe/Berlin or Asia/Shanghai"
        raise Invalid(f"'{name[:80]}' is no time zone", where="shop.timezone", remedy=remedy) from None


def last_days(days: int, until: int) -> Period:
    """The `days` before `until` (µs UTC)."""
    return Period(f"{days}d", "at", until - days * DAY, until)


def days_of(text: str) -> int | None:
    """The number of days of `28d`; None for any other form."""
    found = re.fullmatch(r"(\d{1,5})d", text)
    return int(found[1]) if found and int(found[1]) else None


def period_of(text: str, picture: Picture, where: str) -> Period:
    """The part of the picture's log that `text` names; `where` is the option it was given in.

    Raises:
        Invalid: it has none of the FORMS.
    """
    days = days_of(text)
    if days:
        return last_days(days, picture.until)
    if found := re.fullmatch(r"seq:(\d{1,18})\.\.(\d{1,18})?", text):
        last = int(found[2]) if found[2] else 1 << 62
        return Period(text, "seq", int(found[1]), last + 1)
    if found := re.fullmatch(r"(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?", text):
        return Period(text, "at", *_dates(found[1], found[2], picture, where))
    raise Invalid(f"'{text[:80]}' is no period", where=where, remedy=f"write it like {FORMS}")


def _dates(first: str | None, last: str | None, picture: Picture, where: str) -> tuple[int, int]:
    """From the beginning of the one day to the end of the other, in the shop's time zone; an end left open is free."""
    ours = zone(picture.about.timezone)
    try:
        start = _midnight(date.fromisoformat(first), ours) if first else 0
        stop = _midnight(date.fromisoformat(last) + timedelta(days=1), ours) if last else 1 << 62
    except (ValueError, OverflowError):
        raise Invalid(f"there is no such day in '{first or ''}..{last or ''}'", where=where, remedy=FORMS) from None
    if start >= stop:
        raise Invalid(f"'{first}..{last}' ends before it begins", where=where, remedy="put the earlier day first")
    return start, stop


def _midnight(day: date, ours: ZoneInfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=ours).timestamp()) * 1_000_000


def pair_of(picture: Picture, period: str | None, against: str) -> tuple[Period, Period]:
    """What is compared (before, now): `against`, and `period` or else what came after it, or as many days at the end.

    Raises:
        Invalid: one of them is no period.
    """
    days = days_of(against)
    if days:
        now = period_of(period or against, picture, "--period")
        if now.column == "at":
            return Period(f"-{days}d", "at", now.first - days * DAY, now.first), now
    before = period_of(against, picture, "--against")
    if period:
        return before, period_of(period, picture, "--period")
    rest = Period(f"> {against.rpartition('..')[2]}", before.column, before.stop, 1 << 62)
    return before, rest
