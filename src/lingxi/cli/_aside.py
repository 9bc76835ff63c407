"""For commands that learn: they stand back behind a running server, and say what is not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

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
