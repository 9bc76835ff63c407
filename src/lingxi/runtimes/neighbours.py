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
from lingxi.runtimes._gathered import Gathered
from lingxi.runtimes._lists import lead, weigh
from lingxi.runtimes._vocabulary import Vocabulary, read_vocabulary

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Neighbours(Gathered):
    """`near` int32[rows, m] holds each row's neighbours (−1 at the end: fewer; itself where shoppers come back to it),
    `likeness` float32[rows, m] how near, greatest first; a linear model's may be below 0. A history is answered by its
    newest `acts` acts, each weighed e^(−age / days) · e^(−place / places)."""

    items: Vocabulary
    near: Ints
    likeness: Floats
    acts: int
    days: float
    places: float

    def neighbours(self, item: int, n: int) -> tuple[Ints, Floats]:
        """The `n` nearest of one item as (int32[k], float32[k]); empty for an item that is not known."""
        row = int(self.items.rows(np.array([item], dtype=np.int32))[0])
        if row < 0:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        near, likeness = self.near[row], self.likeness[row]
        kept = (near >= 0) & (likeness > 0)
        number = self.items.number[near[kept]]
        here = (number >= 0) & (number != item)
        return number[here][:n], likeness[kept][here][:n]

    def _gather(self, history: History, now: int) -> tuple[Floats, Bools]:
        """By row: the sum of what leads there, and whether anything does."""
        size = len(self.items)
        scores, met = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.bool_)
        weights = weigh(history.at[-self.acts :], now, self.days, self.places)
        lead(self.near, self.likeness, self.items.rows(history.item[-self.acts :]), weights, scores, met)
        return scores, met


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Neighbours:
    """The lists in `folder / component.folder`; settings: `acts`, and `days` and `places` unless they do not count."""
    home = folder / component.folder
    near, likeness = read_arrays(home, "near", "likeness")
    settings = component.settings
    days, places = (float(settings.get(name) or np.inf) for name in ("days", "places"))
    return Neighbours(read_vocabulary(home, ids), near, likeness, int(settings["acts"]), days, places)
