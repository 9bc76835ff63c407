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
WAITS: Final = "ahead"
"""The step in which a slate waits for what is made ahead of it."""
STAGES.setdefault(WAITS, Stage())

_logger = logging.getLogger(__name__)


class Worker:
    """Called on the event loop that owns the state. What it fails to make, the slate makes itself."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")

    async def of(self, query: Query, scene: Scene) -> Moment | None:
        """Returns once what can be made ahead of the query's slate is in the scene's memory: its moment, if it did not
        have to wait for that, so that the state is as it was.

        Raises:
            Unknown: there is no such surface.
        """
        wanted = ahead(query, scene)
        if not wanted.works:
            return wanted.moment
        making = wanted.held.get(UNDER_WAY)
        if making is None:
            scene.memory.encodes += len(wanted.works)
            making = wanted.held[UNDER_WAY] = asyncio.get_running_loop().run_in_executor(self._pool, wanted.run)
            making.add_done_callback(lambda made: _keep(wanted, made))
        since = perf_counter_ns()
        # One who gives up waiting takes nothing from the others.
        await asyncio.wait((making,))
        told(WAITS, since)
        return None

    def stop(self) -> None:
        """Ends the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _keep(wanted: Ahead, made: asyncio.Future[dict[str, Any]]) -> None:
    wanted.held.pop(UNDER_WAY, None)
    if made.cancelled():
        return
    if (error := made.exception()) is not None:
        _logger.error("a slate's encoding could not be made ahead", exc_info=error)
        return
    wanted.held.update(made.result())
