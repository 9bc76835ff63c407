"""Whether lists hold what is popular anyway, and more of it than their shoppers do.

The mean popularity of what is recommended: Yin et al., "Challenging the long tail recommendation", VLDB 2012. Its lift
over the shoppers' own: Abdollahpouri et al., "The connection between popularity bias, calibration, and fairness in
recommendation", RecSys 2020, section 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


def popularity(ranked: list[Ints], k: int, acts: Longs) -> npt.NDArray[np.float64]:
    """The share of all acts that concern a pick, on average over the first `k` of each list: float64[u], NaN for an
    empty one. `acts` int64[items] says how many concern each item."""
    share = acts / max(int(acts.sum()), 1)
    return np.array([share[picks[:k]].mean() if len(picks[:k]) else np.nan for picks in ranked], np.float64)


def lift(ranked: list[Ints], k: int, before: list[Ints], acts: Longs) -> float:
    """How much more popular the first `k` of all lists are than what their shoppers chose `before`: 0 as popular, 1
    twice. Of the shoppers that have both; NaN where nobody has."""
    shown, chosen = popularity(ranked, k, acts), popularity(before, max(map(len, before), default=0), acts)
    both = np.isfinite(shown) & np.isfinite(chosen)
    own = float(chosen[both].mean()) if both.any() else 0.0
    return float(shown[both].mean()) / own - 1.0 if own > 0 else float("nan")
