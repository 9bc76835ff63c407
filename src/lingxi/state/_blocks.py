"""Rows kept together by owner: each has a block of a table, and a block that is full moves to one half as long again.
What it leaves is given to the next that asks for as much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import compiled
from lingxi.features._feature import Column
from lingxi.state._table import Made, Table

OWNER = (
    *(Column("start", "int64", 0), Column("count", "int32", 0), Column("room", "int32", 0)),
    Column("coming", "int32", 0),
)
SMALLEST = 4
UNBOUNDED: Final = np.iinfo(np.int32).max


@compiled
def _short(
    count: Any, room: Any, coming: Any, limit: int, owners: Any, short: Any, wanted: Any
) -> int:  # pragma: no cover
    """Which owners have no room for a row more each time that `owners` names them: their number, each into `short`
    with how many rows it will have. `coming` is 0 before and after."""
    for owner in owners:
        coming[owner] += 1
    met = 0
    for owner in owners:
        if coming[owner]:
            rows = min(count[owner] + coming[owner], limit)
            coming[owner] = 0
            if rows > room[owner]:
                short[met] = owner
                wanted[met] = rows
                met += 1
    return met


class Blocks:
    """`rows` is the table of all rows; `owners` holds where each owner's block starts, its count and its room.

    No block is longer than `limit`. `coming` is scratch.
    """

    def __init__(self, columns: Iterable[Column], limit: int | None = None) -> None:
        self.limit = limit
        self.rows = Table(columns)
        self.owners = Table(OWNER)
        self._left: dict[int, list[int]] = {}

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
        # Even, so that what is left fits more often; an owner who came with all at once may never have more.
        longer = max(SMALLEST, (wanted + (wanted // 2 if room else wanted // 5) + 1) // 2 * 2)
        longer = longer if limit is None else min(longer, limit)
        start = self._place(longer)
        used = int(arrays["count"][owner])
        if used:
            self.rows.move(int(arrays["start"][owner]), start, used)
        if room:
            self._left.setdefault(room, []).append(int(arrays["start"][owner]))
        arrays["start"][owner] = start
        arrays["room"][owner] = longer

    def _place(self, length: int) -> int:
        """Where a block of this length goes: one that was left, else the table's end."""
        if left := self._left.get(length):
            return left.pop()
        start = self.rows.size
        self.rows.grow(start + length)
        return start

    def make_room(self, owners: npt.NDArray[np.int32]) -> None:
        """Makes room for a row more of each owner (int32[n], not empty) each time that it is named."""
        self.owners.grow(int(owners.max()) + 1)
        arrays = self.owners.arrays
        short, wanted = np.empty((2, len(owners)), np.int32)
        limit = UNBOUNDED if self.limit is None else self.limit
        met = _short(arrays["count"], arrays["room"], arrays["coming"], limit, owners, short, wanted)
        for owner, rows in zip(short[:met].tolist(), wanted[:met].tolist(), strict=True):
            self.reserve(owner, rows)

    def rows_of(self, owners: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The rows of these owners, one owner's after the other's, and how many each has: int64."""
        counts = self.owners.arrays["count"][owners].astype(np.int64)
        rows = np.repeat(self.owners.arrays["start"][owners] - np.cumsum(counts) + counts, counts)
        rows += np.arange(len(rows))
        return rows, counts

    def save(self, prefix: str, kept: npt.NDArray[np.bool_] | None = None) -> dict[str, Made]:
        """What makes each array, blocks packed without gaps; of the owners who are `kept` if given, bool[owners]."""
        owners = np.arange(self.owners.size) if kept is None else np.flatnonzero(kept[: self.owners.size])
        where = cache(lambda: self.rows_of(owners))

        def counts() -> npt.NDArray[np.int32]:
            every = np.zeros(self.owners.size, np.int32)
            every[owners] = self.owners.arrays["count"][owners]
            return every

        made: dict[str, Made] = {
            f"{prefix}rows.{name}": lambda name=name: self.rows.arrays[name][where()[0]]  # type: ignore[misc]
            for name in self.rows.arrays
        }
        return made | {f"{prefix}owners.count": counts}

    def load(self, prefix: str, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Takes what `save` returned. Each block gets room for some more, so that the first acts after a start do not
        move every block; who has no rows has no block yet."""
        counts = saved[f"{prefix}owners.count"].astype(np.int64)
        room = np.where(counts > 0, counts + counts // 4 + SMALLEST, 0)
        if self.limit is not None:
            room = np.minimum(room, self.limit)
        start = np.cumsum(room) - room
        packed = np.cumsum(counts) - counts
        rows = np.repeat(start - packed, counts) + np.arange(int(counts.sum()))
        self.rows.load(f"{prefix}rows.", saved, rows, int(room.sum()))
        self.owners.grow(len(counts))
        there = np.flatnonzero(counts)
        for name, column in (("count", counts), ("room", room), ("start", start)):
            self.owners.arrays[name][there] = column[there]
