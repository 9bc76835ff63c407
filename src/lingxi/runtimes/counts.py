"""Counts: how often an item was bought, by everyone or by the shopper, each purchase weighed by its age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import History
from lingxi.nearest.top import top
from lingxi.runtimes._files import read_arrays
from lingxi.runtimes._vocabulary import Vocabulary, read_vocabulary

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
DAY = 86_400_000_000
PURCHASE = KIND_CODE["purchase"]
BELOW_OWN = 1e-6
"""The share of popularity, in [0, 1], in a score by the shopper's own purchases: it orders what these leave equal."""


@dataclass(frozen=True, slots=True)
class Counts:
    """`shared` float32[rows]: everyone's count, at most 1. `own_days`: a purchase of the shopper's own counts
    e^(−age / own_days); None where the shopper's own purchases do not count."""

    items: Vocabulary
    shared: Floats
    own_days: float | None

    def propose(self, history: History, now: int, n: int) -> tuple[Ints, Floats]:
        """The best `n` items as (int32[k], float32[k])."""
        scores = self._rows(history, now)
        scores[self.items.number < 0] = -np.inf
        best = top(scores, n)
        return self.items.number[best], scores[best]

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """float32[len(items)], −inf for an item without a count."""
        rows = self.items.rows(items)
        return np.where(rows >= 0, self._rows(history, now)[rows], -np.inf).astype(np.float32)

    def _rows(self, history: History, now: int) -> Floats:
        if self.own_days is None:
            return self.shared.copy()
        rows = self.items.rows(history.item)
        bought = (history.kind == PURCHASE) & (rows >= 0)
        weight = np.exp((history.at[bought] - now) / (self.own_days * DAY))
        own = np.bincount(rows[bought], weights=weight, minlength=len(self.items))
        return (own + BELOW_OWN * self.shared).astype(np.float32)


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Counts:
    """The counts in `folder / component.folder`; the setting `own_days` may be absent."""
    home = folder / component.folder
    (shared,) = read_arrays(home, "shared")
    return Counts(read_vocabulary(home, ids), shared, component.settings.get("own_days"))
