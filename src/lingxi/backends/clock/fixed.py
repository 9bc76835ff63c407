"""A clock that stands where it was set: for replays and tests."""

from __future__ import annotations


class FixedClock:
    """Tells the time that it was given."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """µs since 1970 in UTC."""
        return self._now

    def set(self, now: int) -> None:
        """Moves the clock to a time."""
        self._now = now
