"""How unequally something is spread over items: the Gini coefficient.

Gini 1912, by the mean of the ranks; of what recommenders show: Fleder and Hosanagar, "Blockbuster culture's next rise
or fall", Management Science 2009, section 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def gini(counts: npt.NDArray[np.generic]) -> float:
    """0 where each has as much, near 1 where one has all; 0 for nothing. `counts` in any order, none negative."""
    rising = np.sort(np.asarray(counts, np.float64))
    n, total = len(rising), float(rising.sum())
    if not n or total <= 0:
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ rising / (n * total))


def shown(ranked: list[npt.NDArray[np.int32]], k: int, catalogue: int) -> float:
    """The Gini coefficient of how often the first `k` of all lists hold each of `catalogue` items."""
    picks = np.concatenate([each[:k] for each in ranked]) if ranked else np.zeros(0, np.int32)
    _, counts = np.unique(picks, return_counts=True)
    return gini(np.concatenate([np.zeros(max(0, catalogue - len(counts))), counts]))
