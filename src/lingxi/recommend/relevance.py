"""How good candidates are beside each other: the best few of them make the scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.recommend._kernels import between, first_of
from lingxi.recommend.parts import Floats, Ints

POOLED = 3
"""Times `n`: among so many of the best an item may move."""


def span(scores: Floats, n: int) -> float:
    """The best score less that of the last of `POOLED · n`; 0 where no score is a number."""
    return float(between(scores, POOLED * n))


def best_first(items: Ints, scores: Floats, n: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Places of the best `POOLED · n` by score, equal ones by item number, and their relevance: the score scaled to
    [0, 1] among them."""
    best = first_of(items, scores, POOLED * n)
    return best, relevance(scores[best])


def relevance(scores: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Scores, greatest first, scaled to [0, 1]; one that is no number is worth nothing."""
    known = scores.astype(np.float64)
    finite = known[np.isfinite(known)]
    low, high = (finite[-1], finite[0]) if len(finite) else (0.0, 0.0)
    scaled: npt.NDArray[np.float64] = np.nan_to_num((known - low) / max(high - low, 1e-12), posinf=1.0, neginf=0.0)
    return scaled
