"""Slates take turns, and how long one waits for its turn decides how dear it may be."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import Final

from lingxi.app.lag import Lag
from lingxi.config import Serving
from lingxi.domain.errors import Unavailable
from lingxi.recommend.cheaper import Rung

SLICE_SECONDS: Final = 0.002
"""What slates may take of one turn of the loop: then it looks for what has arrived."""
SMOOTHED: Final = 0.05
"""The weight of the newest slate in the moving average of what one costs."""
FIRST_GUESS: Final = 0.001
LADDER: Final = ((1.0, Rung.POPULAR), (0.75, Rung.CACHED), (0.5, Rung.UNRANKED), (0.25, Rung.UNSPREAD))
"""From which share of the deadline on a wait leads to which rung."""
LOST: Final = 2.0
"""Who would wait for so many deadlines is refused."""


class Pressure:
    """Called on the event loop. `cost` is the moving average of what a slate takes of it, in seconds."""

    def __init__(self, settings: Serving) -> None:
        self._deadline = settings.deadline_ms / 1000
        self._most = settings.waiting
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        self._spent = 0.0
        self._armed = False
        self.lag = Lag()
        self.cost = FIRST_GUESS

    def __len__(self) -> int:
        """Requests that wait for their turn."""
        return len(self._waiting)

    @property
    def expected(self) -> float:
        """How long who comes now would wait, in seconds: those before it times what each takes (Little's law).

        How far the loop was behind does not count: that is over, and nobody is refused for it.
        """
        return len(self._waiting) * self.cost

    def admit(self) -> None:
        """Before anything is read of a request.

        Raises:
            Unavailable: even the cheapest answer would come too late.
        """
        if len(self._waiting) >= self._most or self.expected > LOST * self._deadline:
            raise Unavailable("too many ask at once", remedy="ask again in a moment")

    async def turn(self) -> Rung:
        """Returns when the request may be answered, and how dear the answer may be."""
        since = perf_counter()
        if self._waiting or self._spent >= SLICE_SECONDS:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((turn, since))
            self._arm()
            await turn
        self._arm()
        return self.rung(perf_counter() - since + self.lag.seconds)

    def rung(self, waited: float) -> Rung:
        """How dear the answer to a request may be that has waited so long."""
        share = waited / self._deadline
        return next((rung for least, rung in LADDER if share >= least), Rung.WHOLE)

    def took(self, seconds: float) -> None:
        """One answer was made."""
        self._spent += seconds
        self.cost += SMOOTHED * (seconds - self.cost)

    def _arm(self) -> None:
        if not self._armed:
            self._armed = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Another turn of the loop: those who waited longest go on, as many as fit."""
        self._armed, self._spent = False, 0.0
        for _ in range(max(1, int(SLICE_SECONDS / max(self.cost, 1e-6)))):
            if not self._waiting:
                return
            turn, _ = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        self._arm()
