"""Arrays that lie on disk while they are worked on, for what memory does not hold.

Small ones stay in memory, so that one code serves both. The files have no name: nothing is left of them when the
process ends, however it ends. Their pages are the system's to take back: they are cache, not memory that is needed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import Unavailable
from lingxi.domain.history import COLUMNS, Interactions

Column = npt.NDArray[Any]
Columns = dict[str, Column]
SMALL: Final = 64_000_000
"""Bytes of a column up to which it stays in memory."""
BLOCK: Final = 2_000_000
"""Rows that are sorted at once: what memory must hold of a log of any size."""
KINDS: Final = {
    **dict.fromkeys(("at", "received", "tie", "query"), np.int64),
    **dict.fromkeys(("shopper", "item"), np.int32),
    **dict.fromkeys(("quantity", "price", "list_price", "value"), np.float32),
    "kind": np.int8,
    "marked": np.bool_,
}
"""The columns of Interactions."""


def room(length: int, kinds: Mapping[str, npt.DTypeLike], folder: Path | None = None) -> Columns:
    """Columns of `length` numbers, to be filled; large ones lie in files of `folder` (None: where temporary files do).

    Raises:
        Unavailable: the disk has not so much room.
    """
    return {name: _column(length, np.dtype(kind), folder) for name, kind in kinds.items()}


def parted(
    parts: Iterable[tuple[npt.NDArray[np.integer], Columns]],
    sizes: npt.NDArray[np.int64],
    kinds: Mapping[str, npt.DTypeLike],
    folder: Path | None = None,
) -> Columns:
    """Rows that come in `parts`, each with the number of its bucket, one bucket after the other and in each in the
    order in which they came. Bucket b gets `sizes[b]` rows. Every row is written once, and near the one before it.

    Raises:
        Unavailable: the disk has not so much room.
    """
    whole = room(int(sizes.sum()), kinds, folder)
    free = np.cumsum(sizes) - sizes
    for bucket, columns in parts:
        order = np.argsort(bucket, kind="stable")
        counts = np.bincount(bucket, minlength=len(sizes))
        edges = np.append(0, np.cumsum(counts))
        for number in np.flatnonzero(counts).tolist():
            rows = order[edges[number] : edges[number + 1]]
            place = slice(int(free[number]), int(free[number]) + len(rows))
            for name, column in columns.items():
                whole[name][place] = column[rows]
        free += counts
    return whole


def in_order(parts: Iterable[Interactions], most: int, folder: Path | None = None) -> Interactions:
    """Interactions in order of `(at, tie)`, of parts in any order that have `most` rows in all. What memory holds of
    them is what is sorted at once: about `BLOCK`.

    Raises:
        Unavailable: the disk has not so much room.
    """
    whole, size = room(most, KINDS, folder), 0
    for part in parts:
        for name in COLUMNS:
            whole[name][size : size + len(part)] = getattr(part, name)
        size += len(part)
    acts = Interactions.of({name: column[:size] for name, column in whole.items()})
    return acts if _is_ordered(acts) else _ordered(acts, folder)


def _is_ordered(acts: Interactions) -> bool:
    for start in range(0, len(acts) - 1, BLOCK):
        at, tie = (column[start : start + BLOCK + 1] for column in (acts.at, acts.tie))
        step = np.diff(at)
        if not ((step > 0) | ((step == 0) & (tie[1:] >= tie[:-1]))).all():
            return False
    return True


def _ordered(acts: Interactions, folder: Path | None) -> Interactions:
    if len(acts) <= BLOCK:
        return acts.where(np.lexsort((acts.tie, acts.at)))
    # Buckets of time, about equally many in each, by a sample.
    sample = np.sort(acts.at[:: max(len(acts) // 100_000, 1)])
    edges = np.unique(sample[:: max(len(sample) * BLOCK // (2 * len(acts)), 1)])
    sizes = np.zeros(len(edges) + 1, dtype=np.int64)
    for part in acts.parts(BLOCK):
        sizes += np.bincount(np.searchsorted(edges, part.at, side="right"), minlength=len(sizes))
    made = (
        (np.searchsorted(edges, p.at, side="right"), {n: getattr(p, n) for n in COLUMNS}) for p in acts.parts(BLOCK)
    )
    whole = parted(made, sizes, KINDS, folder)
    for low, high in pairwise(np.append(0, np.cumsum(sizes)).tolist()):
        order = np.lexsort((whole["tie"][low:high], whole["at"][low:high]))
        for column in whole.values():
            column[low:high] = column[low:high][order]
    return Interactions.of(whole)


def _column(length: int, kind: np.dtype[Any], folder: Path | None) -> Column:
    size = length * kind.itemsize
    if size <= SMALL:
        return np.empty(length, kind)
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            # Taken at once: a disk that fills up later would end the process instead of raising.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:  # pragma: no cover (macOS)
                file.truncate(size)
            return np.memmap(file, kind, "r+", shape=(length,)).view(np.ndarray)
    except OSError as error:
        raise Unavailable(
            f"{size / 1e9:,.1f} GB beside memory cannot be had: {error}",
            where=str(folder or tempfile.gettempdir()),
            remedy="free some disk, or name another folder for temporary files in TMPDIR",
        ) from error
