"""Neighbour lists: the best few of each row of a matrix of items × items, sparse or dense; and models that are they."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.features._compiled import unlocked
from lingxi.models._export import write
from lingxi.nearest.top import _best

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Lists = tuple[Ints, Floats]
"""`near` int32[rows, m] (−1: fewer) and `likeness` float32[rows, m], greatest first."""
Read = TypeVar("Read")


class Listed(Generic[Read]):
    """A model whose answer is neighbour lists, read by the `acts`, `days` and `places` of its `config`."""

    def __init__(self, config: Read) -> None:
        self.config = config
        self.ids: list[str] = []
        self.near: Ints = np.empty((0, 0), dtype=np.int32)
        self.likeness: Floats = np.empty((0, 0), dtype=np.float32)

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `neighbours`."""
        write(folder, name, self.ids, {"near": self.near, "likeness": self.likeness})
        settings = {name: getattr(self.config, name) for name in ("acts", "days", "places")}
        return Component(name=name, runtime="neighbours", folder=name, settings=settings)


def keep_sparse(
    matrix: Any, size: int, scale: npt.NDArray[np.float64] | None = None, *, by_size: bool = False, own: bool = False
) -> Lists:
    """The `size` greatest of each row of a square csr matrix, without its diagonal unless `own`: `near`
    int32[rows, size], −1 where there are fewer, and `likeness` float32[rows, size], greatest first; of equal ones the
    lower row first. With a `scale` of each row, values are multiplied by that of row and column. With `by_size` those
    that are farthest from 0 are kept, whatever their sign."""
    matrix.sort_indices()
    near = np.full((matrix.shape[0], size), -1, dtype=np.int32)
    likeness = np.zeros((matrix.shape[0], size), dtype=np.float32)
    scale = np.ones(matrix.shape[0]) if scale is None else scale
    _keep_sparse(matrix.indptr, matrix.indices, matrix.data, scale, by_size, own, near, likeness)
    return near, likeness


def keep_dense(block: Floats, first: int, near: Ints, likeness: Floats) -> None:
    """Fills the rows from `first` on with those of `block` float32[b, rows] that are greatest by their size, whatever
    their sign, in order of value; nothing of a row itself, and no zeros."""
    _keep_dense(block, first, near, likeness)


@unlocked
def _keep_sparse(
    indptr: Any, indices: Any, data: Any, scale: Any, by_size: bool, own: bool, near: Any, likeness: Any
) -> None:  # pragma: no cover
    for row in range(len(indptr) - 1):
        items = indices[indptr[row] : indptr[row + 1]]
        values = np.empty(len(items), np.float32)
        for k in range(len(items)):
            values[k] = np.float32(scale[row] * data[indptr[row] + k] * scale[items[k]])
        sizes = np.abs(values) if by_size else values.copy()
        for k in range(len(items)):
            if (items[k] == row and not own) or values[k] == 0:
                sizes[k] = -np.inf
        best = _best(sizes, near.shape[1])
        if by_size:
            best = best[np.argsort(-values[best], kind="mergesort")]
        for k in range(len(best)):
            near[row, k] = items[best[k]]
            likeness[row, k] = values[best[k]]


@unlocked
def _keep_dense(block: Any, first: int, near: Any, likeness: Any) -> None:  # pragma: no cover
    for b in range(len(block)):
        row = first + b
        sizes = np.abs(block[b])
        sizes[row] = 0
        for k in range(len(sizes)):
            if sizes[k] == 0:
                sizes[k] = -np.inf
        best = _best(sizes, near.shape[1])
        values = block[b][best]
        order = np.argsort(-values, kind="mergesort")
        for k in range(len(order)):
            near[row, k] = best[order[k]]
            likeness[row, k] = values[order[k]]
