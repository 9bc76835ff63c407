"""The best few of many scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

STEP = 16
"""Every so many scores one is looked at to guess how high the best few begin."""


def top(scores: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.intp]:
    """Places of the `n` greatest finite scores, best first; equal scores in order of place."""
    if 0 < n * STEP // 2 < len(scores):
        near = np.flatnonzero(scores > _bar(scores, n))
        if len(near) >= n:
            return near[_best(scores[near], n)]
    return _best(scores, n)


def _bar(scores: npt.NDArray[np.float32], n: int) -> np.float32:
    """A score that somewhat more than `n` exceed, by a sample: one pass over few spares sorting out many."""
    sample = scores[::STEP]
    above = len(sample) - min(len(sample) - 1, 2 * n // STEP + STEP)
    bar: np.float32 = np.partition(sample, above)[above]
    return bar


def _best(scores: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.intp]:
    size = len(scores)
    if n < size:
        chosen = np.argpartition(-scores, n - 1)[:n] if n > 0 else np.empty(0, dtype=np.intp)
    else:
        chosen = np.arange(size)
    chosen = chosen[np.isfinite(scores[chosen])]
    return chosen[np.lexsort((chosen, -scores[chosen]))]
