"""Rows kept together by owner: each has a block of a table, and a block that is full moves to one twice as long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.features._feature import Column
from lingxi.state._table import Table

OWNER = (Column("start", "int64", 0), Column("count", "int32", 0), Column("room", "int32", 0))
SMALLEST = 4


class Blocks:
    """`rows` is the table of all rows; `owners` holds where each owner's block starts, its count and its room.

    No block is longer than `limit`.
    """

    def __init__(self, columns: Iterable[Column], limit: int | None = None) -> None:
        self.limit = limit
        self.rows = Table(columns)
        self.owners = Table(OWNER)

    def slice(self, owner: int) -> slice:
        """Where the rows of an owner lie."""
        if not 0 <= owner < self.owners.size:
            return slice(0, 0)
        start = int(self.owners.arrays["start"][owner])
        return slice(start, start + int(self.owners.arrays["count"][owner]))

    def reserve(self, owner: int, count: int) -> None:
        """Makes room for `count` rows of this owner in all (at most `limit`)."""
        limit = self.limit
        if owner >= self.owners.size:
            self.owners.grow(owner + 1)
        arrays = self.owners.arrays
        room = int(arrays["room"][owner])
        wanted = count if limit is None else min(count, limit)
        if wanted <= room:
            return
        longer = max(SMALLEST, 2 * room, 1 << (wanted - 1).bit_length())
        longer = longer if limit is None else min(longer, limit)
        start = self.rows.size
        self.rows.grow(start + longer)
        used = int(arrays["count"][owner])
        if used:
            self.rows.move(int(arrays["start"][owner]), start, used)
        arrays["start"][owner] = start
        arrays["room"][owner] = longer

    def save(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """Everything as arrays, blocks packed without gaps."""
        owners = self.owners.save(f"{prefix}owners.")
        counts = owners[f"{prefix}owners.count"].astype(np.int64)
        packed = np.concatenate([[0], np.cumsum(counts)])[:-1] if len(counts) else counts
        order = np.repeat(owners[f"{prefix}owners.start"] - packed, counts) + np.arange(int(counts.sum()))
        rows = {f"{prefix}rows.{name}": array[order] for name, array in self.rows.arrays.items()}
        return rows | {f"{prefix}owners.count": counts.astype(np.int32)}

    def load(self, prefix: str, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Takes what `save` returned. Each block gets room for some more, so that the first acts after a start do not
        move every block."""
        counts = saved[f"{prefix}owners.count"].astype(np.int64)
        room = counts + counts // 4 + SMALLEST
        if self.limit is not None:
            room = np.minimum(room, self.limit)
        start = np.cumsum(room) - room
        packed = np.cumsum(counts) - counts
        rows = np.repeat(start - packed, counts) + np.arange(int(counts.sum()))
        self.rows.load(f"{prefix}rows.", saved, rows, int(room.sum()))
        self.owners.grow(len(counts))
        for name, column in (("count", counts), ("room", room), ("start", start)):
            self.owners.arrays[name][: len(counts)] = column
