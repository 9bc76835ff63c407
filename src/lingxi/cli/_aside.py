"""For commands that learn: they stand back behind a running server, and say what is not installed."""

from __future__ import annotations

import faulthandler
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from lingxi.domain.errors import LingxiError

THREAD_VARIABLES: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


def stand_back(nice: int, threads: int) -> None:
    """Lets the server go first, and caps the threads before anything that counts them is loaded; 0: as many as CPUs."""
    with suppress(OSError, AttributeError):
        os.nice(nice)
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, str(threads or os.cpu_count() or 1))


@contextmanager
def trainers() -> Iterator[None]:
    """Says what to install where a library of the trainers is missing.

    Raises:
        LingxiError: it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        remedy = "training needs more: pip install 'lingxi[train]'"
        raise LingxiError(f"'{error.name}' is not installed", remedy=remedy) from error


@contextmanager
def ended_after(seconds: float, say: Callable[[], None]) -> Iterator[None]:
    """Ends this process, with 1, if what happens within takes longer: for what no exception reaches, in the middle of a
    call of compiled code, be it one that lets no thread run beside it. What was not published is not there, and what is
    on disk is whole, as after a kill."""

    def end() -> None:
        try:
            for each in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    each.kill()
            say()
        finally:
            os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    with Path(os.devnull).open("w") as nowhere:
        # A watch that is no thread of Python's: it ends the process where the timer cannot.
        faulthandler.dump_traceback_later(seconds + min(0.2, seconds / 10), exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            timer.cancel()
