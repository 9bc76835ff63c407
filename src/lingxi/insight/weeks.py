"""Weeks of a frame of events: whole ones, counted back from its last day."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from lingxi.insight.said import day_of

WEEK = 7


def span(events: pl.DataFrame) -> tuple[int, int]:
    """The first and last `day` (days since 1970); (0, −1) of nothing."""
    first, last = events["day"].min(), events["day"].max()
    return (first, last) if isinstance(first, int) and isinstance(last, int) else (0, -1)


def whole_weeks(events: pl.DataFrame) -> tuple[int, int]:
    """The day on which the first whole week begins, and how many there are; a shorter span is one week."""
    first, last = span(events)
    weeks = max(1, (last - first + 1) // WEEK)
    return last + 1 - weeks * WEEK, weeks


def week_of(first: int) -> pl.Expr:
    """The number of an event's week, 0 from the day `first` on."""
    return ((pl.col("day") - first) // WEEK).alias("week")


def weekly(events: pl.DataFrame, flag: pl.Expr) -> tuple[str, list[float | None]]:
    """The share of events with a flag by week (None: a week without events), and the first week's first day (ISO)."""
    if not len(events):
        return "", []
    first, weeks = whole_weeks(events)
    found = dict(events.group_by(week_of(first)).agg(flag.mean()).iter_rows())
    return day_of(first), [found.get(week) for week in range(weeks)]


def days_from(first: str, steps: int, step: int = WEEK) -> list[str]:
    """ISO dates, one every `step` days from `first` on."""
    start = date.fromisoformat(first)
    return [(start + timedelta(days=step * number)).isoformat() for number in range(steps)]
