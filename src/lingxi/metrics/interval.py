"""How sure a difference is: the paired bootstrap over shoppers (Efron and Tibshirani 1993, percentile interval)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Interval

Doubles = npt.NDArray[np.float64]
BLOCK = 250


def paired(challenger: Doubles, champion: Doubles, seed: int = 0, rounds: int = 4000) -> Interval:
    """The mean difference of two values per shopper, float64[u] each, with its 95 % interval.

    Shoppers are drawn with replacement, both values of one together, so what makes a shopper easy or hard cancels.
    Shoppers whose value is NaN in either are left out; with fewer than two left the bounds are infinite.
    """
    difference = challenger - champion
    difference = difference[np.isfinite(difference)]
    if len(difference) < 2:
        return Interval(float(difference.mean()) if len(difference) else 0.0, float("-inf"), float("inf"))
    rng = np.random.default_rng(seed)
    means = np.empty(rounds)
    for start in range(0, rounds, BLOCK):
        size = min(BLOCK, rounds - start)
        drawn = rng.integers(0, len(difference), size=(size, len(difference)))
        means[start : start + size] = difference[drawn].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(difference.mean()), float(low), float(high))
