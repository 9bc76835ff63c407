"""What a slate will ask for is made ahead of it: at once where that is short, else on a thread.

To hand something to another thread and to get the interpreter back from it costs the loop more than most encodings
do: it is woken, and waits, at every step where numpy or ONNX Runtime lets go of it. So the thread is for what takes
long: the index of a large catalogue, a large net.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter_ns, thread_time
from typing import Any, Final

from lingxi.domain.slate import Query
from lingxi.recommend.ahead import Ahead, ahead
from lingxi.recommend.moment import Moment
from lingxi.recommend.scene import Scene
from lingxi.recommend.stages import STAGES, Stage, told

UNDER_WAY: Final = "under way"
"""By this name a shopper's memory holds what is being made for them: who asks meanwhile waits for the same."""
PATIENCE: Final = 10.0
SHORT_SECONDS: Final = 0.0015
"""What takes less of the processor, by a moving average, is made at once."""
SMOOTHED: Final = 0.05
"""The weight of the newest in that average."""
MOST: Final = 256
"""Encodings that may wait for the thread: whoever needs one more goes without."""
WAITS: Final = "ahead"
"""The step in which a slate waits for what is made ahead of it."""
STAGES.setdefault(WAITS, Stage())

FAILED: Final = "a slate's encoding could not be made ahead"

_logger = logging.getLogger(__name__)


class Worker:
    """Called on the event loop that owns the state. What it fails to make, the slate makes itself."""

    def __init__(self, short: float = SHORT_SECONDS) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._short, self._took = short, 0.0
        self.waiting = 0

    async def of(
        self, query: Query, scene: Scene, patience: float = PATIENCE, *, reasons: bool = True
    ) -> Moment | None:
        """Returns once what can be made ahead of the query's slate is in the scene's memory: its moment, if that was
        made at once, so that the state is as it was. On the thread with what only `reasons` may need, or without.

        Raises:
            Unknown: there is no such surface.
            TimeoutError: it took longer than `patience`, in seconds, or too much is to be made before it. What is under
                way goes on, for whoever asks next.
        """
        wanted = ahead(query, scene)
        if not wanted.works:
            return wanted.moment
        making = wanted.held.get(UNDER_WAY)
        if making is None and self._took < self._short:
            scene.memory.encodes += len(wanted.works)
            self._at_once(wanted)
            return wanted.moment
        if making is None:
            if self.waiting >= MOST:
                raise TimeoutError
            self.waiting += 1
            scene.memory.encodes += len(wanted.works)
            loop = asyncio.get_running_loop()
            making = wanted.held[UNDER_WAY] = loop.run_in_executor(self._pool, self._made, wanted, reasons)
            making.add_done_callback(lambda made: self._done(wanted, made))
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

    def _at_once(self, wanted: Ahead) -> None:
        """What reasons need is left to them: where a slate is led by something else, that is spared."""
        try:
            wanted.held.update(self._made(wanted, reasons=False))
        except Exception:
            _logger.exception(FAILED)

    def _made(self, wanted: Ahead, reasons: bool) -> dict[str, Any]:
        """Makes it, on whatever thread, and notes what that took."""
        since = thread_time()
        try:
            return wanted.run(reasons=reasons)
        finally:
            self._took += SMOOTHED * (thread_time() - since - self._took)

    def _done(self, wanted: Ahead, made: asyncio.Future[dict[str, Any]]) -> None:
        self.waiting -= 1
        wanted.held.pop(UNDER_WAY, None)
        if made.cancelled():
            return
        if (error := made.exception()) is not None:
            _logger.error(FAILED, exc_info=error)
            return
        wanted.held.update(made.result())
