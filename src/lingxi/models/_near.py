"""Keeping the best few of each row: neighbour lists out of a sparse or a dense matrix of items × items."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import unlocked
from lingxi.runtimes._top import _best

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


def keep_sparse(matrix: Any, size: int, *, by_size: bool = False, own: bool = False) -> tuple[Ints, Floats]:
    """The `size` greatest of each row of a square csr matrix, without its diagonal unless `own`: `near`
    int32[rows, size], −1 where there are fewer, and `likeness` float32[rows, size], greatest first; of equal ones the
    lower row first. With `by_size` those that are farthest from 0 are kept, whatever their sign."""
    matrix.sort_indices()
    near = np.full((matrix.shape[0], size), -1, dtype=np.int32)
    likeness = np.zeros((matrix.shape[0], size), dtype=np.float32)
    _keep_sparse(matrix.indptr, matrix.indices, matrix.data.astype(np.float32), by_size, own, near, likeness)
    return near, likeness


def keep_dense(block: Floats, first: int, near: Ints, likeness: Floats) -> None:
    """Fills the rows from `first` on with those of `block` float32[b, rows] that are greatest by their size, whatever
    their sign, in order of value; nothing of a row itself, and no zeros."""
    _keep_dense(block, first, near, likeness)


@unlocked
def _keep_sparse(
    indptr: Any, indices: Any, data: Any, by_size: bool, own: bool, near: Any, likeness: Any
) -> None:  # pragma: no cover
    for row in range(len(indptr) - 1):
        items, values = indices[indptr[row] : indptr[row + 1]], data[indptr[row] : indptr[row + 1]]
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
