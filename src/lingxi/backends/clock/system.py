"""The machine's clock."""

from __future__ import annotations

import time


class SystemClock:
    """Tells the time of the machine."""

    def now(self) -> int:
        """µs since 1970 in UTC."""
        return time.time_ns() // 1000
