"""The calls that wait for the writer: small ones, and large ones that others need not wait for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from lingxi.domain.change import Receipt
from lingxi.domain.errors import LingxiError
from lingxi.ingest.accept import Events, Prepared

LARGE: Final = 64
"""A call of more changes is a large one."""

Answer = list[Receipt] | LingxiError


@dataclass(frozen=True, slots=True)
class Call:
    """One caller's records: events, or what makes proposals of others in the writer's thread; `weight` of them."""

    records: Events | Callable[[], Prepared]
    weight: int
    answer: Callable[[Answer], None]


class Calls:
    """`put` and `end` are for other threads; the rest belongs to the writer's."""

    def __init__(self) -> None:
        self._put: SimpleQueue[Call | None] = SimpleQueue()
        self._small: deque[Call] = deque()
        self._large: deque[Call] = deque()
        self._ending = False

    def put(self, call: Call) -> None:
        """One more waits."""
        self._put.put(call)

    def end(self) -> None:
        """No more will come."""
        self._put.put(None)

    @property
    def ended(self) -> bool:
        """Whether none waits and no more will come."""
        return self._ending and not self._small and not self._large

    def collect(self, seconds: float) -> None:
        """Takes in all that were put; where none waits, for up to `seconds`."""
        waits = seconds > 0 and not self._small and not self._large and not self._ending
        try:
            call = self._put.get(timeout=seconds) if waits else self._put.get_nowait()
            while True:
                self._sort(call)
                call = self._put.get_nowait()
        except Empty:
            return

    def _sort(self, call: Call | None) -> None:
        if call is None:
            self._ending = True
        else:
            (self._large if call.weight > LARGE else self._small).append(call)

    def small(self, group: int) -> list[Call]:
        """The small calls that waited longest, together no more than `group` changes unless the first alone is.

        What may read the log before it writes comes alone: no change that it does not know is stored before its own.
        """
        return _first(self._small, group)

    def large(self, group: int) -> list[Call]:
        """The same of the large ones."""
        return _first(self._large, group)


def _first(waiting: deque[Call], group: int) -> list[Call]:
    calls: list[Call] = []
    weight = 0
    while waiting and (not calls or (_plain(waiting[0]) and weight + waiting[0].weight <= group)):
        calls.append(waiting.popleft())
        weight += calls[-1].weight
        if not _plain(calls[-1]):
            break
    return calls


def _plain(call: Call) -> bool:
    """Whether what it brings depends on nothing in the log."""
    return isinstance(call.records, Events)
