"""When a merchant rule holds: by the clock on the shop's wall, to the minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from lingxi.domain.errors import Invalid
from lingxi.domain.merchandising import DAYS, Schedule
from lingxi.recommend.parts import Bools
from lingxi.recommend.scene import local_time

MINUTE: Final = 60_000_000
DAY: Final = 1_440
"""Minutes."""
WEEK: Final = 7 * DAY
THURSDAY: Final = 3 * DAY
"""1970 began on one."""
NEVER: Final = 1 << 62
EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (a time on the wall)


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """From `since` to before `until` (what the wall says, µs since 1970), in the minutes of `week` bool[WEEK], which
    begins on Monday; None: all of it."""

    since: int
    until: int
    week: Bools | None

    def holds(self, local: int) -> bool:
        """Whether it is time."""
        return self.since <= local < self.until and (self.week is None or bool(self.week[_minute(local)]))


def times_of(schedule: Schedule, timezone: str) -> Times:
    """A schedule on the wall of that zone.

    Raises:
        Invalid: a time cannot be read, or is never.
    """
    since = _wall(schedule.since, "from", timezone) if schedule.since else -NEVER
    until = _wall(schedule.until, "until", timezone) if schedule.until else NEVER
    times = Times(since, until, _week(schedule) if schedule.days or schedule.hours else None)
    if not meet(times, times):
        what = "its schedule is never: no such day or hour lies between 'from' and 'until'"
        raise Invalid(what, where="schedule", remedy="let 'until' be later, or leave days or hours out")
    return times


def meet(one: Times, other: Times) -> bool:
    """Whether there is a minute in both."""
    since, until = max(one.since, other.since), min(one.until, other.until)
    if since >= until:
        return False
    if one.week is None or other.week is None:
        week = other.week if one.week is None else one.week
    else:
        week = one.week & other.week
    if week is None:
        return True
    minutes = (until - since) // MINUTE
    if minutes >= WEEK:
        return bool(week.any())
    return bool(week.take(np.arange(minutes) + _minute(since), mode="wrap").any())


def _minute(local: int) -> int:
    """The minute of the week."""
    return (local // MINUTE + THURSDAY) % WEEK


def _wall(text: str, name: str, timezone: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        what = f"'{text[:40]}' is no time"
        raise Invalid(what, where=f"schedule.{name}", remedy="write it as 2026-11-20T18:00") from None
    if at.second or at.microsecond:
        raise Invalid(f"'{text[:40]}' is no whole minute", where=f"schedule.{name}", remedy="leave the seconds out")
    if at.tzinfo is None:
        return (at - EPOCH) // timedelta(microseconds=1)
    return local_time((at - EPOCH.replace(tzinfo=UTC)) // timedelta(microseconds=1), timezone)


def _week(schedule: Schedule) -> Bools:
    week = np.zeros(WEEK, dtype=np.bool_)
    for day in schedule.days or DAYS:
        start = DAYS.index(day) * DAY
        for span in schedule.hours or ("00:00-24:00",):
            begin, end = _span(span)
            week[np.arange(start + begin, start + end) % WEEK] = True
    return week


def _span(text: str) -> tuple[int, int]:
    """The minutes of a day; the end is beyond the day where it is in the next."""
    begin, dash, end = text.partition("-")
    minutes = [_clock(part) for part in (begin, end)]
    if not dash or None in minutes or minutes[0] == minutes[1] or minutes[0] == DAY:
        what = f"'{text[:40]}' is no span of hours"
        raise Invalid(what, where="schedule.hours", remedy="write it as 08:00-20:00")
    first, last = (minute or 0 for minute in minutes)
    return first, last if last > first else last + DAY


def _clock(text: str) -> int | None:
    hours, colon, minutes = text.strip().partition(":")
    if not colon or not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and len(hours) <= 2):
        return None
    told = int(hours) * 60 + int(minutes)
    return told if int(minutes) < 60 and told <= DAY else None
