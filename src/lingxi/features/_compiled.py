"""Compiled functions, kept on disk for the next process where a disk can be written."""

from __future__ import annotations

from typing import Any

from numba import njit


def compiled(function: Any, **options: Any) -> Any:
    """`function` as numba compiles it at its first call; `.py_func` is the same code interpreted.

    What is compiled is kept beside the file, or in the user's cache (NUMBA_CACHE_DIR names another folder); where
    none of them can be written each process compiles for itself. `options` are those of numba's `njit`.
    """
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)


def unlocked(function: Any, **options: Any) -> Any:
    """`compiled` for what takes long enough that other threads should run meanwhile: they get the interpreter."""
    return compiled(function, nogil=True, **options)
