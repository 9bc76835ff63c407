"""Workers that are processes of this machine, each with its own share of the processor."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final, TypeVar

from lingxi.domain.errors import Unavailable

Task = TypeVar("Task")
Done = TypeVar("Done")
IDLE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Processes:
    """See `ports.executor.Executor`."""

    workers: int

    def run(self, work: Callable[[Task], Done], tasks: Sequence[Task], idle: Callable[[], None]) -> list[Done]:
        """See `ports.executor.Executor.run`; what a task raises is raised here, and the others are given up."""
        # A fresh interpreter each: a fork would inherit the locks of threads that are not there any more.
        pool = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))
        try:
            futures = [pool.submit(work, task) for task in tasks]
            while wait(futures, timeout=IDLE_SECONDS, return_when=FIRST_EXCEPTION).not_done:
                if any(each.done() and each.exception() for each in futures):
                    break
                idle()
            return [each.result() for each in futures]
        except BrokenProcessPool as error:
            what = "a worker's process died in the middle"
            raise Unavailable(what, where="the workers", remedy="see whether memory ran out; use fewer") from error
        finally:
            _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    """Waits for nobody: who is still at work when this is called has been given up."""
    left = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in left:
        process.terminate()


def open_executor(workers: int) -> Processes:
    """So many processes."""
    return Processes(workers)
