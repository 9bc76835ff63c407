"""Bounded lists: of each owner the greatest N acts by `(at, tie)`.

Whether they keep ratings is settled when a kernel is compiled: those that do not hand it None for their array.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import compiled
from lingxi.features._feature import Column
from lingxi.state._blocks import Blocks
from lingxi.state._table import views_of

COLUMNS = (
    Column("at", "int64", 0),
    Column("tie", "int64", 0),
    Column("other", "int32", -1),
    Column("kind", "int8", -1),
)
RATED = Column("rated", "uint8", 0)


@compiled
def _insert(rows: Any, rated: Any, start: int, count: int, limit: int, new: Any) -> int:  # pragma: no cover
    """Puts one act into its place; returns the new count. The list is in rising order of `(at, tie)`."""
    at, tie, other, kind = rows
    new_at, new_tie, new_other, new_kind, new_rated = new
    place = start + count
    while place > start and (at[place - 1] > new_at or (at[place - 1] == new_at and tie[place - 1] > new_tie)):
        place -= 1
    if count == limit:
        if place == start:
            return count
        place -= 1
        for k in range(start, place):
            at[k], tie[k], other[k], kind[k] = at[k + 1], tie[k + 1], other[k + 1], kind[k + 1]
            if rated is not None:
                rated[k] = rated[k + 1]
    else:
        for k in range(start + count, place, -1):
            at[k], tie[k], other[k], kind[k] = at[k - 1], tie[k - 1], other[k - 1], kind[k - 1]
            if rated is not None:
                rated[k] = rated[k - 1]
        count += 1
    at[place], tie[place], other[place], kind[place] = new_at, new_tie, new_other, new_kind
    if rated is not None:
        rated[place] = new_rated
    return count


@compiled
def _insert_all(
    rows: Any, rated: Any, start: Any, count: Any, limit: int,
    owners: Any, at: Any, tie: Any, other: Any, kind: Any, codes: Any,
) -> None:  # pragma: no cover  # fmt: skip
    for i in range(len(owners)):
        owner = owners[i]
        new = (at[i], tie[i], other[i], kind[i], codes[i])
        count[owner] = _insert(rows, rated, start[owner], count[owner], limit, new)


class Newest:
    """Of each owner the `limit` newest acts: `at`, `tie`, `other` (the item, or the shopper) and `kind`; with `rated`
    also the code of a rating."""

    def __init__(self, limit: int, *, rated: bool = False) -> None:
        self.limit = limit
        self.rated = rated
        self.blocks = Blocks((*COLUMNS, RATED) if rated else COLUMNS, limit)
        self._views: tuple[Any, ...] = ()
        self._viewed = -1

    def add(self, owners: Any, at: Any, tie: Any, other: Any, kind: Any, rated: Any = None) -> None:
        """Adds acts, arrays of one length; each is added once by the caller."""
        if not len(owners):
            return
        self.blocks.make_room(owners)
        arrays = self.blocks.owners.arrays
        limits = arrays["start"], arrays["count"], self.limit
        # A list without ratings passes over what stands for them.
        _insert_all(*self._rows(), *limits, owners, at, tie, other, kind, kind if rated is None else rated)

    def add_one(self, owner: int, at: int, tie: int, other: int, kind: int, rated: int = 0) -> None:
        """The same for one act; one that is the newest of a list that is not full costs a few stores."""
        have = int(self.blocks.owners.arrays["count"][owner]) if owner < self.blocks.owners.size else 0
        self.blocks.reserve(owner, have + 1)
        arrays = self.blocks.owners.arrays
        start = int(arrays["start"][owner])
        last = start + have - 1
        ats, ties, others, kinds, *codes = self._bound()
        if have < self.limit and (not have or (ats[last], ties[last]) < (at, tie)):
            last += 1
            ats[last], ties[last], others[last], kinds[last] = at, tie, other, kind
            if codes:
                codes[0][last] = rated
            arrays["count"][owner] = have + 1
        else:
            new = (at, tie, other, kind, rated)
            arrays["count"][owner] = _insert(*self._rows(), start, have, self.limit, new)

    def _rows(self) -> tuple[tuple[Any, ...], Any]:
        """The four arrays of every list, and that of ratings or None."""
        arrays = tuple(self.blocks.rows.arrays.values())
        return arrays[: len(COLUMNS)], arrays[-1] if self.rated else None

    def _bound(self) -> tuple[Any, ...]:
        """The rows' arrays, for interpreted code."""
        if self._viewed != self.blocks.rows.replaced:
            self._views = views_of(self.blocks.rows.arrays.values())
            self._viewed = self.blocks.rows.replaced
        return self._views

    def count(self, owner: int) -> int:
        """How many acts of this owner there are."""
        return int(self.blocks.owners.arrays["count"][owner]) if owner < self.blocks.owners.size else 0

    def counts(self, owners: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """`count` of many."""
        self.blocks.owners.grow(int(owners.max(initial=-1)) + 1)
        counts: npt.NDArray[np.int32] = self.blocks.owners.arrays["count"][owners]
        return counts

    def of_all(self, owners: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
        """The acts of many owners, whose each is (its place in `owners`, int32), then as `of` has them: copies."""
        self.blocks.owners.grow(int(owners.max(initial=-1)) + 1)
        rows, counts = self.blocks.rows_of(owners)
        whose = np.repeat(np.arange(len(owners), dtype=np.int32), counts)
        return (whose, *(array[rows] for array in self.blocks.rows.arrays.values()))

    def of(self, owner: int) -> tuple[npt.NDArray[Any], ...]:
        """Views of `at`, `tie`, `other`, `kind` and, where it is kept, `rated`, oldest first."""
        place = self.blocks.slice(owner)
        return tuple(array[place] for array in self.blocks.rows.arrays.values())
