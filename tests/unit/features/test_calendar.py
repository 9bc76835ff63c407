"""The time on the shop's wall."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from lingxi.domain.errors import Invalid
from lingxi.recommend.scene import local_time
from lingxi.state.state import State

ITEMS = np.arange(3, dtype=np.int32)


@pytest.mark.parametrize(
    ("moment", "zone", "hour", "weekday", "weekend"),
    [
        ("2024-03-01T12:30:00+00:00", "UTC", 12.5, 4, 0),
        ("2024-03-01T23:45:00+00:00", "Asia/Shanghai", 7.75, 5, 1),
        ("2024-07-07T20:00:00+00:00", "Europe/Berlin", 22.0, 6, 1),
        ("2024-07-07T22:00:00+00:00", "Europe/Berlin", 0.0, 0, 0),
        ("2024-12-31T02:15:00+00:00", "America/New_York", 21.25, 0, 0),
        ("1970-01-01T00:00:00+00:00", "UTC", 0.0, 3, 0),
    ],
)
def test_the_hour_and_the_day_are_the_shops_own(moment: str, zone: str, hour: float, weekday: int, weekend: int):
    # given
    at = datetime.fromisoformat(moment)
    assert at.astimezone(ZoneInfo(zone)).weekday() == weekday
    # when
    local = local_time(int(at.timestamp()) * 1_000_000, zone)
    # then
    state = State.empty()
    for name, value in (("hour", hour), ("weekday", weekday), ("weekend", weekend)):
        assert state.moment_feature(f"calendar.{name}", ITEMS, local).tolist() == [value] * 3


def test_a_zone_that_there_is_not_is_told():
    with pytest.raises(Invalid, match=r"'Mars/Olympus' is no time zone.*IANA"):
        local_time(0, "Mars/Olympus")
