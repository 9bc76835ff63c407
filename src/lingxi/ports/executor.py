"""Who does work that is independent of each other: processes here, or machines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Done = TypeVar("Done")


class Executor(Protocol):
    """Runs a function on several tasks at a time. A file in `backends/executors/` offers
    `open_executor(workers) -> Executor`."""

    @property
    def workers(self) -> int:
        """How many tasks it works on at a time."""
        ...

    def run(self, work: Callable[[Task], Done], tasks: Sequence[Task], idle: Callable[[], None]) -> list[Done]:
        """The result of each task, in order; `idle` is called now and then while it waits.

        `work` is a function of a module, and a task names files rather than holding what is in them: both are sent to
        where the work is done, and a worker elsewhere sees the same folders.

        Raises:
            Unavailable: a worker died.
        """
        ...
