"""How much of what hits was not to be had from a list of what is popular.

Murakami et al., "Metrics for evaluating the serendipity of recommendation lists", JSAI 2007; Ge et al., "Beyond
accuracy", RecSys 2010, section 3.1: what is relevant counts by how much higher it stands than a primitive
recommender, here popularity, would have put it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]


def serendipity(
    ranked: list[Ints], relevant: list[Ints], k: int, acts: npt.NDArray[np.int64], catalogue: int
) -> npt.NDArray[np.float64]:
    """Per list the sum over its hits in the first `k` of max(place by popularity − place, 0) / catalogue, over k:
    float64[u], 0 where nothing was found that popularity would not have found as soon.

    `acts` int64[items] says how many acts concern each item; equally popular items have one place, the first of which
    is 1, and what nobody acted on stands one behind a `catalogue` of so many items.
    """
    place = _places(acts, catalogue)
    pairs = zip(ranked, relevant, strict=True)
    return np.array([_gain(place, picks[:k], wanted, catalogue) / k for picks, wanted in pairs], np.float64)


def _places(acts: npt.NDArray[np.int64], catalogue: int) -> npt.NDArray[np.int64]:
    """int64[items]: the place of each item by its acts."""
    values, number = np.unique(-acts, return_inverse=True)
    return np.where(acts > 0, number + 1, max(catalogue, len(values)) + 1)


def _gain(place: npt.NDArray[np.int64], picks: Ints, wanted: Ints, catalogue: int) -> float:
    ahead = np.maximum(place[picks] - np.arange(1, len(picks) + 1), 0)
    return float(ahead[np.isin(picks, wanted)].sum() / catalogue)
