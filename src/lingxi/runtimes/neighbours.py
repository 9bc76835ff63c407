"""Neighbour lists: for each item the items that go with it, and for a history those that go with its newest acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.history import History
from lingxi.runtimes._files import read_arrays
from lingxi.runtimes._top import top
from lingxi.runtimes._vocabulary import Vocabulary, read_vocabulary

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`near` int32[rows, m] holds each row's neighbours (−1: fewer), `likeness` float32[rows, m] how near, greatest
    first. A history is answered by its newest `acts` acts, each weighed e^(−age / days)."""

    items: Vocabulary
    near: Ints
    likeness: Floats
    acts: int
    days: float

    def neighbours(self, item: int, n: int) -> tuple[Ints, Floats]:
        """The `n` nearest of one item as (int32[k], float32[k]); empty for an item that is not known."""
        row = int(self.items.rows(np.array([item], dtype=np.int32))[0])
        if row < 0:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        near, likeness = self.near[row], self.likeness[row]
        kept = near >= 0
        number = self.items.number[near[kept]]
        here = number >= 0
        return number[here][:n], likeness[kept][here][:n]

    def propose(self, history: History, now: int, n: int) -> tuple[Ints, Floats]:
        """The best `n` items that are neighbours of the history, as (int32[k], float32[k])."""
        rows, scores = self._gather(history, now)
        best = top(scores, n)
        return self.items.number[rows[best]], scores[best]

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """float32[len(items)], 0 for an item that nothing in the history is near to, −inf for one that is not known."""
        near, scores = self._gather(history, now)
        whole = np.zeros(len(self.items), dtype=np.float32)
        whole[near] = scores
        rows = self.items.rows(items)
        return np.where(rows >= 0, whole[rows], -np.inf).astype(np.float32)

    def _gather(self, history: History, now: int) -> tuple[npt.NDArray[np.intp], Floats]:
        """Rows that the newest acts lead to, each once, and the sum of what leads there."""
        rows = self.items.rows(history.item[-self.acts :])
        known = rows >= 0
        weight = np.exp(np.minimum(history.at[-self.acts :][known] - now, 0) / (self.days * DAY))
        near = self.near[rows[known]]
        gain = self.likeness[rows[known]] * weight[:, None].astype(np.float32)
        kept = (near >= 0) & (self.items.number[near] >= 0)
        found, place = np.unique(near[kept], return_inverse=True)
        return found.astype(np.intp), np.bincount(place, weights=gain[kept], minlength=len(found)).astype(np.float32)


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Neighbours:
    """The lists in `folder / component.folder`; settings: `acts`, `days`."""
    home = folder / component.folder
    near, likeness = read_arrays(home, "near", "likeness")
    settings = component.settings
    return Neighbours(read_vocabulary(home, ids), near, likeness, int(settings["acts"]), float(settings["days"]))
