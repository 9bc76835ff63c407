"""Factors of items, and a shopper's from the history: solved when asked, so that who is new needs no training.

The shopper's vector is the one that least squares finds for fixed items (Hu, Koren and Volinsky 2008): the acts of the
history count 1 each, weighed by their age, and everything else counts a little towards 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.history import History
from lingxi.features._compiled import unlocked
from lingxi.nearest.top import nearest
from lingxi.runtimes._cholesky import solve
from lingxi.runtimes._files import read_arrays
from lingxi.runtimes._lists import weigh
from lingxi.runtimes._vocabulary import Vocabulary, read_vocabulary

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@unlocked
def fold(factors: Any, gram: Any, rows: Any, weights: Any, penalty: float) -> Any:  # pragma: no cover
    """The vector float32[d] of who has these `rows` int32[n] (below 0: none) of `factors` float32[v, d] with `weights`
    float32[n]: (gram + Σ w y yᵀ + penalty · I)⁻¹ Σ w y, where `gram` float32[d, d] is what all items weigh."""
    return fold_inside(factors, gram, rows, weights, penalty)


@unlocked
def fold_inside(factors: Any, gram: Any, rows: Any, weights: Any, penalty: float) -> Any:  # pragma: no cover
    """See `fold`; for compiled code to call."""
    d = factors.shape[1]
    system, right = gram.astype(np.float64), np.zeros(d)
    for a in range(d):
        system[a, a] += penalty
    for i in range(len(rows)):
        if rows[i] < 0 or weights[i] <= 0:
            continue
        y = factors[rows[i]]
        for a in range(d):
            share = weights[i] * y[a]
            right[a] += share
            for b in range(a + 1):
                system[a, b] += share * y[b]
    solve(system, right, d)
    return right.astype(np.float32)


@dataclass(frozen=True, slots=True)
class FoldIn:
    """`factors` float32[rows, d] with `bias` float32[rows] (−∞ where the shop has no such item), `gram` float32[d, d]
    what all items weigh together; a history is read by its newest `acts`, each e^(−age / days) · e^(−place / places);
    `penalty` holds a shopper's vector small, the more the more a history weighs (`penalty` · (1 + Σ w))."""

    items: Vocabulary
    factors: Floats
    bias: Floats
    gram: Floats
    penalty: float
    acts: int
    days: float
    places: float

    def vector(self, history: History, now: int) -> Floats:
        """The shopper's factors float32[d]; zeros for an empty history."""
        weights = weigh(history.at[-self.acts :], now, self.days, self.places)
        rows = self.items.rows(history.item[-self.acts :])
        penalty = self.penalty * (1.0 + float(weights[rows >= 0].sum()))
        found: Floats = fold(self.factors, self.gram, rows, weights, penalty)
        return found

    def propose(self, history: History, now: int, n: int) -> tuple[Ints, Floats]:
        """The best `n` items as (int32[k], float32[k])."""
        best, scores = nearest(self.factors, self.bias, self.vector(history, now), n)
        return self.items.number[best], scores

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """float32[len(items)], −inf for an item that is not known."""
        rows = self.items.rows(items)
        scores = self.factors[rows] @ self.vector(history, now) + self.bias[rows]
        return np.where(rows >= 0, scores, -np.inf).astype(np.float32)


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> FoldIn:
    """The factors in `folder / component.folder`; settings: `acts`, `penalty`, `unseen` (what an item that was not met
    weighs), and `days` and `places` unless they do not count."""
    home = folder / component.folder
    factors, bias = read_arrays(home, "factors", "bias")
    items = read_vocabulary(home, ids)
    settings = component.settings
    days, places = (float(settings.get(name) or np.inf) for name in ("days", "places"))
    gram = np.float32(settings["unseen"]) * (factors.T @ factors)
    here = np.where(items.number >= 0, bias, -np.inf).astype(np.float32)
    return FoldIn(items, factors, here, gram, float(settings["penalty"]), int(settings["acts"]), days, places)
