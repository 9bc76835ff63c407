"""The thread that makes ahead what a slate will ask for."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter_ns
from typing import Any, Final

from lingxi.domain.slate import Query
from lingxi.recommend.ahead import Ahead, ahead
from lingxi.recommend.moment import Moment
from lingxi.recommend.scene import Scene
from lingxi.recommend.stages import STAGES, Stage, told

UNDER_WAY: Final = "under way"
"""By this name a shopper's memory holds what is being made for them: who asks meanwhile waits for the same."""
PATIENCE: Final = 10.0
MOST: Final = 256
"""Encodings that may wait for the thread: whoever needs one more goes without."""
WAITS: Final = "ahead"
"""The step in which a slate waits for what is made ahead of it."""
STAGES.setdefault(WAITS, Stage())

_logger = logging.getLogger(__name__)


class Worker:
    """Called on the event loop that owns the state. What it fails to make, the slate makes itself."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self.waiting = 0

    async def of(self, query: Query, scene: Scene, patience: float = PATIENCE) -> Moment | None:
        """Returns once what can be made ahead of the query's slate is in the scene's memory: its moment, if it did not
        have to wait for that, so that the state is as it was.

        Raises:
            Unknown: there is no such surface.
            TimeoutError: it took longer than `patience`, in seconds, or too much is to be made before it. What is under
                way goes on, for whoever asks next.
        """
        wanted = ahead(query, scene)
        if not wanted.works:
            return wanted.moment
        making = wanted.held.get(UNDER_WAY)
        if making is None:
            if self.waiting >= MOST:
                raise TimeoutError
            self.waiting += 1
            scene.memory.encodes += len(wanted.works)
            making = wanted.held[UNDER_WAY] = asyncio.get_running_loop().run_in_executor(self._pool, wanted.run)
            making.add_done_callback(lambda made: self._made(wanted, made))
        since = perf_counter_ns()
        # One who gives up waiting takes nothing from the others.
        done, _ = await asyncio.wait((making,), timeout=patience)
        told(WAITS, since)
        if not done:
            raise TimeoutError
        return None

    def stop(self) -> None:
        """Ends the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _made(self, wanted: Ahead, made: asyncio.Future[dict[str, Any]]) -> None:
        self.waiting -= 1
        _keep(wanted, made)


def _keep(wanted: Ahead, made: asyncio.Future[dict[str, Any]]) -> None:
    wanted.held.pop(UNDER_WAY, None)
    if made.cancelled():
        return
    if (error := made.exception()) is not None:
        _logger.error("a slate's encoding could not be made ahead", exc_info=error)
        return
    wanted.held.update(made.result())
