"""Slates take turns, and how long one waits for its turn decides how dear it may be."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import Final

from lingxi.app.lag import Lag
from lingxi.config import Serving
from lingxi.recommend.ladder import Rung

SLICE_SECONDS: Final = 0.002
"""What slates may take of one turn of the loop: then it looks for what has arrived."""
SMOOTHED: Final = 0.05
"""The weight of the newest slate in the moving average of what one costs."""
FIRST_GUESS: Final = 0.001
FAR_OUT: Final = 8.0
"""So many times the average a slate counts at most: one that the machine held up says nothing of the next ones."""
LADDER: Final = (
    (0.8, Rung.POPULAR),
    (0.6, Rung.CACHED),
    (0.4, Rung.UNRANKED),
    (0.2, Rung.UNSPREAD),
    (0.05, Rung.UNNAMED),
)
"""From which share of the deadline on a wait leads to which rung."""
UNENCODED: Final = 0.4
"""The share of the deadline after which a slate goes without what another thread has not made yet."""
ALONE: Final = 5.0


class Pressure:
    """Called on the event loop. `cost` is the moving average of what a slate takes of it, in seconds; `turns` counts
    the requests."""

    def __init__(self, settings: Serving) -> None:
        self._deadline = settings.deadline_ms / 1000
        self._most = settings.waiting
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._spent = 0.0
        self._armed = False
        self.lag = Lag()
        self.turns = 0
        self.cost = FIRST_GUESS

    def __len__(self) -> int:
        """Requests that wait for their turn."""
        return len(self._waiting)

    @property
    def patience(self) -> float:
        """How long a slate may wait for what is made of it on another thread, in seconds: longer where no other slate
        waits, for then the machine is slow, and not the load too much."""
        return (UNENCODED if self._waiting else ALONE) * self._deadline

    @property
    def expected(self) -> float:
        """How long who comes now would wait, in seconds: those before it times what each takes (Little's law).

        How far the loop was behind does not count: that is over, and nobody is refused for it.
        """
        return len(self._waiting) * self.cost

    @property
    def room(self) -> bool:
        """Whether one more may wait; if not, even the cheapest answer would come too late."""
        return len(self._waiting) < self._most and self.expected <= self._deadline

    async def turn(self) -> Rung:
        """Returns when the request may be answered, and how dear the answer may be: whole, where it need not wait."""
        self.turns += 1
        if not self._waiting and self._spent < SLICE_SECONDS:
            self._arm()
            return Rung.WHOLE
        since, turn = perf_counter(), asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._arm()
        await turn
        return self.rung(perf_counter() - since + self.lag.seconds)

    def rung(self, waited: float) -> Rung:
        """How dear the answer to a request may be that has waited so long."""
        share = waited / self._deadline
        return next((rung for least, rung in LADDER if share >= least), Rung.WHOLE)

    def hurry(self, came: float) -> Rung:
        """How dear what is left of a slate may be whose request came at `came` (s of `perf_counter`): whole where no
        other waits, for then only the machine is slow."""
        return self.rung(perf_counter() - came) if self._waiting else Rung.WHOLE

    def took(self, seconds: float) -> None:
        """One answer was made."""
        self._spent += seconds
        self.cost += SMOOTHED * (min(seconds, FAR_OUT * self.cost) - self.cost)

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
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        self._arm()
