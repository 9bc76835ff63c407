"""How much the picks of one list differ from each other: intra-list diversity.

Ziegler et al., "Improving recommendation lists through topic diversification", WWW 2005, section 3.3: the mean
dissimilarity of all pairs of a list. Two items are alike here if they are of one category.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]


def diversity(ranked: list[Ints], k: int, category: Ints) -> npt.NDArray[np.float64]:
    """The share of pairs of different categories in the first `k` of each list, float64[u].

    `category` is int32[items], -1 for none: such items are left out. NaN where fewer than two are left.
    """
    return np.array([_apart(category[picks[:k]]) for picks in ranked], np.float64)


def _apart(kinds: Ints) -> float:
    known = kinds[kinds >= 0]
    n = len(known)
    if n < 2:
        return float("nan")
    _, counts = np.unique(known, return_counts=True)
    return float(1.0 - (counts * (counts - 1)).sum() / (n * (n - 1)))
