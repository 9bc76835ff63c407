"""Takes a state that was made anew in the place of the live one; and waits for one, where another process makes it."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import sys
from collections.abc import Callable
from typing import Final

from lingxi.app.parts import Parts
from lingxi.app.twin import Twin
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.state.follow import catch_up
from lingxi.state.state import State
from lingxi.workflows.fold import saved

LOOK_SECONDS: Final = 0.25

_logger = logging.getLogger(__name__)


async def take_over(parts: Parts, twin: Twin, cursor: int) -> None:
    """Takes the state that was saved at `cursor`, or later, between two changes.

    Raises:
        Unavailable: there is none.
    """
    fresh = await asyncio.to_thread(_load, parts, twin.begin())
    if fresh.cursor < cursor or fresh.stale:
        raise Unavailable("the state that was made anew is not there", where="checkpoints", remedy="wait")
    await twin.swap(fresh)


def _load(parts: Parts, until: int) -> State:
    fresh = saved(parts.log, parts.checkpoints)
    for _ in catch_up(fresh, parts.log, until):
        pass
    return fresh


def give_back() -> None:
    """Gives back to the machine what was let go of, a large state or what loading took; where the C library cannot, it
    is used again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


class Joining:
    """For a process that is not the first: once somebody was forgotten it waits for the state that the first makes.

    `erased` gives the newest `seq` at which somebody was; `renewed` is told once the new state serves. Owned by the
    event loop.
    """

    def __init__(self, parts: Parts, twin: Twin, erased: Callable[[], int], renewed: Callable[[None], None]) -> None:
        self._parts, self._twin, self._erased, self._renewed = parts, twin, erased, renewed
        self._task: asyncio.Task[None] | None = None

    def need(self) -> None:
        """Begins to wait, if the state holds who was forgotten."""
        if self._twin.state.stale and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._go_on())

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        while self._twin.state.stale:
            await asyncio.sleep(LOOK_SECONDS)
            wanted = self._erased()
            try:
                latest = await asyncio.to_thread(self._parts.checkpoints.latest_seq)
                if latest is not None and latest >= wanted:
                    await take_over(self._parts, self._twin, wanted)
                    self._renewed(None)
                    await asyncio.to_thread(give_back)
            except LingxiError as error:
                _logger.warning("the state that was made anew is not taken over yet: %s", error)
            finally:
                self._twin.give_up()
