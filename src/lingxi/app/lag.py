"""How far the event loop is behind: what a timer comes too late is how long anything that arrives waits for it."""

from __future__ import annotations

import asyncio
from typing import Final

EVERY_SECONDS: Final = 0.02


class Lag:
    """`seconds` is what the last timer came too late, `worst` the most since `worst` was last set to 0."""

    def __init__(self) -> None:
        self.seconds = self.worst = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begins to look, on the loop that runs now."""
        loop = asyncio.get_running_loop()
        due = loop.time() + EVERY_SECONDS

        def look() -> None:
            nonlocal due
            self.seconds = max(0.0, loop.time() - due)
            self.worst = max(self.worst, self.seconds)
            due = loop.time() + EVERY_SECONDS
            self._timer = loop.call_at(due, look)

        self._timer = loop.call_at(due, look)

    def stop(self) -> None:
        """Ends it."""
        if self._timer is not None:
            self._timer.cancel()
