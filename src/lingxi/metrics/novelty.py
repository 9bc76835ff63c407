"""How little known the picks of a list are: mean self-information.

Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010: an item that a share p
of all acts concern tells −log2 p bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UNSEEN = 0.5
"""What an item that nobody acted on counts as, so that a logarithm can be taken."""


def novelty(ranked: list[npt.NDArray[np.int32]], k: int, acts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Bits that the first `k` of each list tell on average, float64[u]; NaN for an empty list.

    `acts` int64[items] says how many acts concern each item.
    """
    total = float(acts.sum())
    if total <= 0:
        return np.full(len(ranked), np.nan)
    told = -np.log2(np.maximum(acts, UNSEEN) / total)
    return np.array([told[picks[:k]].mean() if len(picks[:k]) else np.nan for picks in ranked], np.float64)
