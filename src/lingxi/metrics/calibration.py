"""Whether a list holds categories in the shares in which its shopper chose them before.

Steck, "Calibrated recommendations", RecSys 2018, section 3: the Kullback–Leibler divergence of the shares in the
history, p, from those of the list, q, smoothed by a hundredth of p. 0 is calibrated; the less the better.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
SMOOTHED = 0.01


def miscalibration(ranked: list[Ints], k: int, before: list[Ints], category: Ints) -> npt.NDArray[np.float64]:
    """The divergence in bits of the first `k` of each list from what the shopper chose `before`, float64[u].

    `category` is int32[items], -1 for none: such items are left out. NaN where nothing is left of either.
    """
    pairs = zip(ranked, before, strict=True)
    return np.array([_divergence(category[old], category[picks[:k]]) for picks, old in pairs], np.float64)


def _divergence(old: Ints, new: Ints) -> float:
    old, new = old[old >= 0], new[new >= 0]
    if not len(old) or not len(new):
        return float("nan")
    kinds, counts = np.unique(old, return_counts=True)
    p = counts / counts.sum()
    q = np.array([(new == kind).mean() for kind in kinds])
    return float((p * np.log2(p / ((1 - SMOOTHED) * q + SMOOTHED * p))).sum())
