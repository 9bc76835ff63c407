"""What a history is worth, act by act, and where its items' lists lead.

Each comes twice: what Python calls, and `…_inside` for compiled code to call (nearest/top.py says why).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import unlocked


@unlocked
def weigh_inside(at: Any, now: int, days: float, places: float) -> Any:  # pragma: no cover
    """See `weigh`."""
    weights = np.empty(len(at), np.float32)
    place = 0
    for i in range(len(at) - 1, -1, -1):
        if i + 1 < len(at) and at[i] != at[i + 1]:
            place += 1
        age = max(now - at[i], 0) / 86_400_000_000
        weights[i] = np.float32(np.exp(-age / days - place / places))
    return weights


@unlocked
def lead_inside(near: Any, likeness: Any, rows: Any, weights: Any, scores: Any, met: Any) -> None:  # pragma: no cover
    """See `lead`."""
    for i in range(len(rows)):
        row = rows[i]
        if row < 0:
            continue
        for k in range(near.shape[1]):
            other = near[row, k]
            if other < 0:
                break
            scores[other] += likeness[row, k] * weights[i]
            met[other] = True


@unlocked
def weigh(at: Any, now: int, days: float, places: float) -> Any:  # pragma: no cover
    """The weight of each act of one history in order of time: e^(−age / days) · e^(−place / places), float32[n].

    The newest act has place 0, the one before it 1; what happened at one time has one place, for it has no order.
    """
    return weigh_inside(at, now, days, places)


@unlocked
def lead(near: Any, likeness: Any, rows: Any, weights: Any, scores: Any, met: Any) -> None:  # pragma: no cover
    """Adds to `scores` float32[v] what the lists `near` int32[v, m] of `rows` int32[n] (below 0: none) say, each times
    its `likeness` float32[v, m] and its act's weight; `met` bool[v] notes who was in a list."""
    lead_inside(near, likeness, rows, weights, scores, met)
