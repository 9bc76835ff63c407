"""A process that serves beside others on one port: what it and the one that started it tell each other."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection
from typing import Final

from lingxi.app import Home

LISTENING: Final = "listening"
READY: Final = "ready"
ALL_READY: Final = "all are ready"


class Sibling:
    """`end` leads to the process that started this one. `late`: others answer meanwhile, so it listens once it is
    ready. Owned by the event loop."""

    def __init__(self, end: Connection, *, late: bool) -> None:
        self._end = end
        self.late = late

    def say(self, word: str) -> None:
        """Tells it; where nobody is left to hear it, nothing."""
        try:
            self._end.send(word)
        except OSError:
            return

    def begin(self, home: Home, starting: asyncio.Task[None], ended: asyncio.Event) -> None:
        """From now on `home` knows how the others are, and a parent that is gone sets `ended`."""
        if not self.late:
            home.others = "not all processes have been ready yet"
        starting.add_done_callback(self._started)
        loop = asyncio.get_running_loop()

        def hear() -> None:
            try:
                if self._end.recv() == ALL_READY:
                    home.others = ""
            except (EOFError, OSError):
                loop.remove_reader(self._end.fileno())
                ended.set()

        loop.add_reader(self._end.fileno(), hear)

    def _started(self, starting: asyncio.Task[None]) -> None:
        if not starting.cancelled() and starting.exception() is None:
            self.say(READY)
