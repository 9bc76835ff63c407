"""A crew of several processes, on one machine or many, that learn one net: each takes its parts of every step.

All have the whole net, the same data and the same chance. What a part gives (its loss and gradients) goes to everyone,
who adds up the parts in one order and moves the net alike; so they stay equal, and learn what one process would. The
first one's clock is everyone's, for what follows from the time must follow alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from msgspec import Struct
from torch import distributed

from lingxi.models._crew import PARTS, Crew
from lingxi.spans import span

T = TypeVar("T")
R = TypeVar("R")
PATIENCE: Final = timedelta(minutes=10)
"""How long one waits for the others: for a step, or until all have read the data."""
MEETING: Final = "meeting"


class Company(Struct, frozen=True):
    """Which of `workers` this process is, from 0; `folder` is seen by all, and empty at first."""

    rank: int
    workers: int
    folder: str


class Together(Crew):
    """This process's threads, beside those of the others; while it is entered, they wait for each other."""

    def __init__(self, threads: int, company: Company) -> None:
        super().__init__(threads)
        self.company = company
        self.parts = max(PARTS, threads * company.workers)
        self._began, self._moment = time.monotonic(), 0.0

    @property
    def first(self) -> bool:
        """Whether this process keeps the notes."""
        return self.company.rank == 0

    def now(self) -> float:
        """Seconds by the first one's clock, as it stood when all last heard of each other."""
        return self._moment

    def __enter__(self) -> Self:
        meeting = Path(self.company.folder) / MEETING
        distributed.init_process_group(
            "gloo",
            init_method=meeting.as_uri(),
            rank=self.company.rank,
            world_size=self.company.workers,
            timeout=PATIENCE,
        )
        super().__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        # Who waits for this one hears at once that it has left.
        distributed.destroy_process_group()

    def map(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What was made of each part, in their order, by whoever made it."""
        rank, workers = self.company.rank, self.company.workers
        own = super().map(work, [part for place, part in enumerate(parts) if place % workers == rank])
        told: list[Any] = [None] * workers
        with span("waiting for the others"):
            distributed.all_gather_object(told, (time.monotonic() - self._began, own))
        self._moment = told[0][0]
        return [told[place % workers][1][place // workers] for place in range(len(parts))]
