"""Work in a process of its own: it takes another core, and the memory it took is given back when it ends."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final, Generic, NamedTuple, TypeVar

from lingxi.domain.errors import Unavailable
from lingxi.ports.model import Watch

T = TypeVar("T")
SELDOM: Final = (100_000, 20, 100)
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
"""Settings of `mallopt(3)`."""
LARGE_BYTES: Final = 1 << 18
STEP: Final = 0.01
"""How much is done between two words of progress."""


class _Progress(NamedTuple):
    """What the work told of its progress."""

    stage: str
    done: float
    figures: dict[str, float]


class _End(NamedTuple):
    """It is done."""


def ready_for_rows() -> None:
    """Makes a process fit for millions of rows that live for a moment: it looks for cyclic garbage a hundred times less
    often than Python does, and not among what is there now (none of the rows is any, and looking takes a third of the
    time); and a large array that is freed goes back to the system at once, where the C library is GNU's, instead of
    leaving a hole that the next, larger one does not fit into."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        for setting in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
            library.mallopt(setting, LARGE_BYTES)


class Apart(Generic[T]):
    """The work begins at once, `results` may be asked for later; `work` and what it yields can be pickled."""

    def __init__(self, work: Callable[[Watch], Iterator[T]], name: str) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._name = name
        self._end, other = spawning.Pipe()
        self._process = spawning.Process(target=_work, args=(work, other), name=name, daemon=True)
        self._process.start()
        other.close()

    def results(self, watch: Watch) -> Iterator[T]:
        """What the work yields, one ahead of who takes it.

        Raises:
            Unavailable: the process has ended before it was done.
            LingxiError: whatever the work raises.
        """
        try:
            while not isinstance(told := self._end.recv(), _End):
                if isinstance(told, Exception):
                    raise told
                if isinstance(told, _Progress):
                    watch(told.stage, told.done, **told.figures)
                else:
                    yield told
        except EOFError as error:
            what = f"the process that was to {self._name} has ended"
            raise Unavailable(what, where=self._name, remedy="run it again; it goes on where it was") from error
        finally:
            self._end.close()
            self._process.join()


def apart(work: Callable[[Watch], Iterator[T]], name: str, watch: Watch) -> Iterator[T]:
    """What work yields that begins now, see `Apart`."""
    return Apart(work, name).results(watch)


def _work(work: Callable[[Watch], Iterator[T]], end: Connection) -> None:
    # Who interrupts the first process closes this end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ready_for_rows()
    try:
        for each in work(_Telling(end)):
            end.send(each)
        end.send(_End())
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
        end.send(error)


class _Telling:
    """A watch that tells the other end; seldom enough to wait for nobody who does not listen yet."""

    def __init__(self, end: Connection) -> None:
        self._end = end
        self._told = ("", 0.0)

    def __call__(self, stage: str, done: float, **figures: float) -> None:
        if stage != self._told[0] or done >= min(1.0, self._told[1] + STEP):
            self._told = (stage, done)
            self._end.send(_Progress(stage, done, figures))
