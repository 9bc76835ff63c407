"""Who waits until the state has reached a change."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class Reached:
    """Owned by the event loop; the order of waiting does not matter, only the `seq`."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = count()
        self._cursor = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def at(self, cursor: int) -> None:
        """The state is at this change: who waited for it, or for one before it, goes on."""
        self._cursor = cursor
        while self._waiting and self._waiting[0][0] <= cursor:
            _, _, waiting = heapq.heappop(self._waiting)
            if not waiting.done():
                waiting.set_result(None)

    async def wait(self, seq: int, seconds: float) -> bool:
        """Returns once the state is at `seq`; False where it is not so after `seconds`."""
        if seq <= self._cursor:
            return True
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (seq, next(self._number), reached))
        try:
            await asyncio.wait_for(reached, seconds)
        except TimeoutError:
            return False
        return True
