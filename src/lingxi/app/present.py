"""What time it is, for a command that opens no shop."""

from __future__ import annotations

from lingxi.backends.clock.system import SystemClock


def now() -> int:
    """µs since 1970 in UTC."""
    return SystemClock().now()
