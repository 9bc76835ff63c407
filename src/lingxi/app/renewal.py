"""Makes the live state anew from a log that no longer holds who was forgotten, beside the server that serves on.

A process of its own folds the log and goes through the files; the server takes its state between two changes.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from lingxi.app.parts import Parts, open_parts
from lingxi.app.saver import Saver
from lingxi.app.takeover import give_back, take_over
from lingxi.app.twin import Twin
from lingxi.config import Settings
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.workflows import forget
from lingxi.workflows.receipts import Pending, Receipts

GATHER_SECONDS: Final = 0.5
"""Who is forgotten shortly after one another shares one renewal."""
RETRY_SECONDS: Final = 5.0
WATCH_SECONDS: Final = 1.0
"""How often it looks for receipts that other processes began."""
NICE: Final = 10

_logger = logging.getLogger(__name__)


class Renewal:
    """Runs while the state is stale or a receipt is not complete. Owned by the event loop.

    `renewed` is told the shoppers who are gone once the new state serves.
    """

    def __init__(
        self, parts: Parts, settings: Settings, twin: Twin, saver: Saver, renewed: Callable[[set[str]], None]
    ) -> None:
        self._parts, self._settings = parts, settings
        self._twin, self._saver, self._renewed = twin, saver, renewed
        self._asked = False
        self._task: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._process: BaseProcess | None = None
        self._stopped = False

    def need(self) -> None:
        """Asks for a renewal; one that has not begun yet serves for all."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._go_on())

    def watch(self) -> None:
        """From now on it also completes what other processes of the server began."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if await asyncio.to_thread(Receipts(self._parts.folder).pending):
                self.need()

    async def stop(self) -> None:
        """Ends it; what is not complete is taken up at the next start."""
        self._stopped = True
        if self._watching is not None:
            self._watching.cancel()
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        while (self._asked or self._twin.state.stale) and not self._stopped:
            await asyncio.sleep(GATHER_SECONDS)
            self._asked = False
            try:
                await self._once()
            except (LingxiError, EOFError, OSError) as error:
                if not self._stopped:
                    _logger.warning("the state is not made anew yet: %s", error or "the process that does it ended")
                    self._asked = True
                    await asyncio.sleep(RETRY_SECONDS)
            finally:
                self._twin.give_up()

    async def _once(self) -> None:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        home = self._parts.folder.parent.parent
        arguments = (home, self._settings, self._parts.shop, self._twin.state.stale, there)
        self._process = process = context.Process(target=_beside, args=arguments, name="renewal", daemon=True)
        try:
            await asyncio.to_thread(process.start)
            there.close()
            cursor, waiting = await asyncio.to_thread(_told, here)
            await self._take_over(cursor, waiting)
            here.send(await asyncio.to_thread(self._parts.slates.forget, forget.shoppers_of(waiting)))
            await asyncio.to_thread(_told, here)
        finally:
            here.close()
            await asyncio.to_thread(process.join)

    async def _take_over(self, cursor: int | None, waiting: Sequence[Pending]) -> None:
        gone = forget.shoppers_of(waiting)
        if cursor is None:
            self._renewed(gone)
        else:
            await take_over(self._parts, self._twin, cursor)
            self._renewed(gone)
            await self._saver.settled()
            await asyncio.to_thread(self._parts.checkpoints.drop, cursor)
            await asyncio.to_thread(give_back)


def _told(here: Connection) -> Any:
    """What the process says next.

    Raises:
        EOFError: it ended.
        Unavailable: it could not do it.
    """
    said = here.recv()
    if isinstance(said, str):
        raise Unavailable(said, remedy="it is tried again")
    return said


def _beside(home: Path, settings: Settings, shop: str, stale: bool, end: Connection) -> None:
    """Erases, folds, says where the state is; then, once the server has taken it, goes through everything else."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    parts = open_parts(home, settings, shop)
    try:
        ground, now = parts.ground(), parts.clock.now()
        waiting = forget.resume(ground, now)
        anew = stale or any(each.told.seq is not None for each in waiting)
        end.send((forget.remake(ground.log, ground.checkpoints).cursor if anew else None, waiting))
        forget.finish(ground, waiting, end.recv(), parts.clock.now())
        end.send(None)
    except (EOFError, BrokenPipeError):
        return
    except LingxiError as error:
        end.send(str(error))
    finally:
        parts.close()
