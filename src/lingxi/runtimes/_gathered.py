"""What runtimes share that gather scores by row from a history: neighbour lists, and sessions of the past."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import History
from lingxi.nearest.top import top
from lingxi.runtimes._vocabulary import Vocabulary

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


class Gathered(ABC):
    """Answers with what a history leads to; what it does not lead to is never proposed."""

    __slots__ = ()
    items: Vocabulary

    @abstractmethod
    def _gather(self, history: History, now: int) -> tuple[Floats, Bools]:
        """By row: the sum of what leads there float32[rows], and whether anything does, bool[rows]."""

    def propose(self, history: History, now: int, n: int) -> tuple[Ints, Floats]:
        """The best `n` items that the history leads to, as (int32[k], float32[k])."""
        scores, met = self._gather(history, now)
        scores[~met | (self.items.number < 0)] = -np.inf
        best = top(scores, n)
        return self.items.number[best], scores[best]

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """float32[len(items)], 0 for an item that the history does not lead to, −inf for one that is not known."""
        scores, _ = self._gather(history, now)
        rows = self.items.rows(items)
        return np.where(rows >= 0, scores[rows], -np.inf).astype(np.float32)
