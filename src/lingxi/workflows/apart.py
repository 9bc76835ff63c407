"""Work in a process of its own: it takes another core, and the memory it took is given back when it ends."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from typing import Final, NamedTuple, TypeVar

from lingxi.domain.errors import Unavailable
from lingxi.ports.model import Watch

T = TypeVar("T")
SELDOM: Final = (100_000, 20, 100)


class _Progress(NamedTuple):
    """What the work told of its progress."""

    stage: str
    done: float
    figures: dict[str, float]


class _End(NamedTuple):
    """It is done."""


def collect_seldom() -> None:
    """Looks for cyclic garbage a hundred times less often than Python does, and not among what is there now: of
    millions of rows that live for a moment none is any, and looking takes a third of the time."""
    gc.freeze()
    gc.set_threshold(*SELDOM)


def apart(work: Callable[[Watch], Iterator[T]], name: str, watch: Watch) -> Iterator[T]:
    """What `work` yields, one ahead of who takes it; `work` and what it yields can be pickled.

    Raises:
        Unavailable: the process has ended before it was done.
        LingxiError: whatever the work raises.
    """
    spawning = multiprocessing.get_context("spawn")
    end, other = spawning.Pipe()
    process = spawning.Process(target=_work, args=(work, other), name=name, daemon=True)
    process.start()
    other.close()
    try:
        while not isinstance(told := end.recv(), _End):
            if isinstance(told, Exception):
                raise told
            if isinstance(told, _Progress):
                watch(told.stage, told.done, **told.figures)
            else:
                yield told
    except EOFError as error:
        what = f"the process that was to {name} has ended"
        raise Unavailable(what, where=name, remedy="run it again; it goes on where it was") from error
    finally:
        end.close()
        process.join()


def _work(work: Callable[[Watch], Iterator[T]], end: Connection) -> None:
    # Who interrupts the first process closes this end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    try:
        for each in work(partial(_tell, end)):
            end.send(each)
        end.send(_End())
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
        end.send(error)


def _tell(end: Connection, stage: str, done: float, **figures: float) -> None:
    end.send(_Progress(stage, done, figures))
