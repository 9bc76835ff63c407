"""Threads that learn from the parts of one batch at the same time, each with one thread of torch.

A step's parts are the same for one thread and for two, their gradients are added in one order, and what a part draws by
chance follows from its number: so who works at it changes nothing but the time. One thread of torch each, because
OpenMP's threads wait for each other by spinning, which beside a busy server takes many times longer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

import torch

from lingxi import spans

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

    @property
    def first(self) -> bool:
        """Whether this process keeps the notes: of several that learn one net, one does."""
        return True

    def now(self) -> float:
        """Seconds, by the clock that the training goes by."""
        return time.monotonic()

    def __enter__(self) -> Self:
        self._before = torch.get_num_threads()
        _alone()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.pool is not None:
            self.pool.shutdown()
        torch.set_num_threads(self._before)

    def map(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What `work` makes of each part, in their order."""
        if self.pool is None:
            return [work(part) for part in parts]
        path = spans.here()

        def there(part: T) -> R:
            with spans.within(path):
                return work(part)

        return list(self.pool.map(there, parts))


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

    path = spans.here()

    def make() -> None:
        batches = iter(source)
        try:
            with spans.within(path):
                while (each := _next(batches)) is not None:
                    if not put(each):
                        return
            put(None)
        except BaseException as error:  # noqa: BLE001 (it is raised where it is waited for)
            put(error)

    threading.Thread(target=make, daemon=True).start()
    try:
        while (each := _waited(made)) is not None:
            if isinstance(each, BaseException):
                raise each
            yield each
    finally:
        left.set()


def _next(source: Iterator[T]) -> T | None:
    with spans.span("batches made"):
        return next(source, None)


def _waited(made: queue.Queue[T]) -> T:
    with spans.span("waiting for batches"):
        return made.get()
