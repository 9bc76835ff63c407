"""In idle moments slates are made ahead for who is likely to come: what is remembered of them is there when they ask.

After a start, and after another model has gone live, nothing is remembered that a slate could use, and the first slate
of each shopper costs several times what the next one does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from lingxi.app.pressure import Pressure
from lingxi.domain.errors import LingxiError

QUIET_SECONDS: Final = 0.001
"""So long nobody may have asked for a slate before one is made ahead."""
BUSY_SECONDS: Final = 0.005
"""How long it stands back where somebody has."""


_logger = logging.getLogger(__name__)


class Foresight:
    """Called on the event loop. `make` makes what is remembered of one shopper."""

    def __init__(self, pressure: Pressure, make: Callable[[str], Awaitable[None]]) -> None:
        self._pressure, self._make = pressure, make
        self._coming: deque[str] = deque()
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    def expect(self, users: Iterable[str]) -> None:
        """These are likely to come, the likeliest first; those who were expected before are no longer."""
        if self._ended:
            return
        self._coming = deque(users)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())

    def stop(self) -> None:
        """Expects nobody any more."""
        self._ended = True
        self._coming.clear()
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        while self._coming:
            turns, coming = self._pressure.turns, self._coming
            await asyncio.sleep(QUIET_SECONDS)
            if self._pressure.turns != turns or len(self._pressure):
                await asyncio.sleep(BUSY_SECONDS)
            elif coming:
                try:
                    await self._make(coming.popleft())
                except (LingxiError, TimeoutError):
                    continue  # their own request will be told
                except Exception:
                    _logger.exception("a slate could not be made ahead; no more are")
                    coming.clear()
