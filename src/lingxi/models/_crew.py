"""Threads that learn from the parts of one batch at the same time, each with one thread of torch.

A step's parts are the same for one thread and for two, their gradients are added in one order, and what a part draws by
chance follows from its number: so who works at it changes nothing but the time. One thread of torch each, because
OpenMP's threads wait for each other by spinning, which beside a busy server takes many times longer.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

import torch

PARTS = 2
"""Parts of a step, at least."""
AHEAD = 4
T = TypeVar("T")
R = TypeVar("R")


class Crew:
    """A pool of `threads`; while it is entered, torch has one thread in each."""

    def __init__(self, threads: int) -> None:
        self.parts = max(PARTS, threads)
        self.pool = ThreadPoolExecutor(threads, initializer=_alone) if threads > 1 else None
        self._before = 1

    def __enter__(self) -> Crew:
        self._before = torch.get_num_threads()
        _alone()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.pool is not None:
            self.pool.shutdown()
        torch.set_num_threads(self._before)

    def map(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What `work` makes of each part, in their order."""
        return [work(part) for part in parts] if self.pool is None else list(self.pool.map(work, parts))


def _alone() -> None:
    torch.set_num_threads(1)


def ahead(source: Iterable[T]) -> Iterator[T]:
    """The same, made by a thread that is a few ahead of who takes them; what it raises is raised here."""
    made: queue.Queue[T | BaseException | None] = queue.Queue(AHEAD)
    left = threading.Event()

    def put(each: T | BaseException | None) -> bool:
        while not left.is_set():
            try:
                made.put(each, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for each in source:
                if not put(each):
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 (it is raised where it is waited for)
            put(error)

    threading.Thread(target=make, daemon=True).start()
    try:
        while (each := made.get()) is not None:
            if isinstance(each, BaseException):
                raise each
            yield each
    finally:
        left.set()
