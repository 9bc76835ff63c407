"""What goes together: items that are found in one visit, by cosine with shrinkage (Sarwar et al. 2001; the shrinkage of
Bell and Koren 2007 keeps one chance meeting from looking like a law)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from scipy.sparse import csr_matrix

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.models._export import write
from lingxi.models._past import check_enough, visits, wanted
from lingxi.ports.model import Watch

BLOCK = 2048


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`neighbours` kept per item; a visit ends after `gap_minutes` without an act and is passed over when it holds more
    than `longest` items; `shrink` is added to both items' counts; `acts` and `days` say how a history is read."""

    neighbours: int = 64
    gap_minutes: float = 30.0
    longest: int = 200
    least: int = 3
    shrink: float = 20.0
    acts: int = 50
    days: float = 14.0


class ItemKnn:
    """Neighbour lists from visits."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ids: list[str] = []
        self.near = np.empty((0, 0), dtype=np.int32)
        self.likeness = np.empty((0, 0), dtype=np.float32)

    def fit(
        self,
        past: Interactions,
        goods: Goods,
        until: int,  # noqa: ARG002 (what goes together has no age here)
        validation: Interactions | None,  # noqa: ARG002 (it has nothing to find)
        watch: Watch,
    ) -> dict[str, Any]:
        """Counts the visits that two items share.

        Raises:
            NotEnoughData: there are fewer than two events or two items.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=2, items=2, shoppers=1)
        matrix, known = self._visits(acts)
        self.ids = [goods.ids[number] for number in known]
        counts = np.asarray(matrix.sum(axis=0)).ravel()
        norm = 1.0 / np.sqrt(counts + self.config.shrink)
        size = min(self.config.neighbours, max(len(known) - 1, 1))
        self.near = np.full((len(known), size), -1, dtype=np.int32)
        self.likeness = np.zeros((len(known), size), dtype=np.float32)
        turned = matrix.T.tocsr()
        for start in range(0, len(known), BLOCK):
            self._keep(start, (turned[start : start + BLOCK] @ matrix).tocsr(), norm)
            watch("item_knn", min(1.0, (start + BLOCK) / len(known)))
        return {}

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `neighbours`."""
        write(folder, name, self.ids, {"near": self.near, "likeness": self.likeness})
        settings = {"acts": self.config.acts, "days": self.config.days}
        return Component(name=name, runtime="neighbours", folder=name, settings=settings)

    def _visits(self, acts: Interactions) -> tuple[Any, npt.NDArray[np.intp]]:
        """Visits × items as a sparse 0/1 matrix, and the item number of each column."""
        visit = visits(acts, self.config.gap_minutes)
        pairs = np.unique(np.stack([visit, acts.item.astype(np.int64)]), axis=1)
        short = np.bincount(pairs[0])[pairs[0]] <= self.config.longest
        pairs = pairs[:, short] if short.any() else pairs
        count = np.bincount(pairs[1])
        least = min(self.config.least, int(count.max(initial=1)))
        known = np.flatnonzero(count >= least)
        column = np.full(len(count), -1, dtype=np.int64)
        column[known] = np.arange(len(known))
        kept = column[pairs[1]] >= 0
        rows, columns = pairs[0][kept], column[pairs[1][kept]]
        ones = np.ones(len(rows), dtype=np.float32)
        return csr_matrix((ones, (rows, columns)), shape=(int(visit.max()) + 1, len(known))), known

    def _keep(self, start: int, shared: Any, norm: npt.NDArray[np.float64]) -> None:
        """Keeps the greatest of each row of `shared` counts, the item itself left out."""
        size = self.near.shape[1]
        for place in range(shared.shape[0]):
            row = start + place
            span = slice(shared.indptr[place], shared.indptr[place + 1])
            items, counts = shared.indices[span], shared.data[span]
            other = items != row
            items, likeness = items[other], counts[other] * norm[row] * norm[items[other]]
            best = np.lexsort((items, -likeness))[:size]
            self.near[row, : len(best)] = items[best]
            self.likeness[row, : len(best)] = likeness[best]


def build(config: Config, seed: int) -> ItemKnn:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return ItemKnn(config)
