"""Bounded tables by key, for compiled code: eight rows a bucket; who was met longest ago makes room."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import unlocked

WAYS: Final = 8
Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Row = Any
"""A row's number; compiled code says `int`."""


@unlocked
def row_of(keys: Longs, met: Longs, key: int, now: int) -> Row:
    """The row of a key, met at `now` (> 0, ever greater); −1 − row where it is new, and the row is to be emptied."""
    start = (key & (len(keys) // WAYS - 1)) * WAYS
    oldest = start
    for row in range(start, start + WAYS):
        if met[row] > 0 and keys[row] == key:
            met[row] = now
            return row
        if met[row] < met[oldest]:
            oldest = row
    keys[oldest] = key
    met[oldest] = now
    return -1 - oldest


@unlocked
def end_of(key: Longs, order: Longs, start: int) -> Row:
    """Where the rows of one key end that begin at `start`, in an order in which they stand together."""
    end = start + 1
    while end < len(order) and key[order[end]] == key[order[start]]:
        end += 1
    return end
