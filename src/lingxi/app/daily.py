"""What a server does once a day: it deletes what is older than the shop keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from lingxi.app.parts import Parts
from lingxi.config import Retention
from lingxi.domain.errors import LingxiError
from lingxi.ingest.identity import new_id
from lingxi.workflows.tidy import Tidied, tidy

FIRST_SECONDS: Final = 600.0
"""How long after its start a server does it first: a server that is started every day shall do it too."""
DAY_SECONDS: Final = 86_400.0

_logger = logging.getLogger(__name__)


class Daily:
    """Owned by the event loop; `forgotten` is called when somebody was."""

    def __init__(self, parts: Parts, periods: Retention, forgotten: Callable[[], None]) -> None:
        self._parts, self._periods, self._forgotten = parts, periods, forgotten
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to wait."""
        self._task = asyncio.get_running_loop().create_task(self._go_on())

    def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()

    async def tidy(self) -> Tidied:
        """Does it now."""
        done = await asyncio.to_thread(tidy, self._parts.ground(), self._periods, new_id(), self._parts.clock.now())
        if done.receipt is not None:
            self._forgotten()
        return done

    async def _go_on(self) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            try:
                _logger.info("kept no longer: %s", await self.tidy())
            except LingxiError as error:
                _logger.warning("what is old is not deleted today: %s", error)
            await asyncio.sleep(DAY_SECONDS)
