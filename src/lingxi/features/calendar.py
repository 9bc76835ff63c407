"""What time it is in the shop: for a ranker that learns what is bought at which hour.

`hour` is the hour of the day, 0 up to 24, with its fraction; `weekday` is 0 (Monday) to 6 (Sunday); `weekend` is 1 on
Saturday and Sunday, else 0; all by the clock on the shop's wall (`shop.timezone`). The same for every item. Alone they
put no item before another: they tell what else counts now.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lingxi.features._feature import DAY, HOUR, Arrays, Feature, Floats, Rows

THURSDAY: Final = 3
"""The first day of 1970."""
SATURDAY: Final = 5


def _weekday(local: int) -> int:
    return (local // DAY + THURSDAY) % 7


def hour(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The hour of the day."""
    return np.full(len(items), now % DAY / HOUR, np.float32)


def weekday(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The day of the week."""
    return np.full(len(items), _weekday(now), np.float32)


def weekend(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """Whether it is Saturday or Sunday."""
    return np.full(len(items), _weekday(now) >= SATURDAY, np.float32)


FEATURE = Feature(
    name="calendar",
    scope="moment",
    columns=(),
    reads={"hour": hour, "weekday": weekday, "weekend": weekend},
)
