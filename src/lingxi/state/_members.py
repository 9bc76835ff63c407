"""Which items are in a category, found without looking through the catalogue."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import compiled

Ints = npt.NDArray[np.int32]
FEW: Final = 1_024
SHARE: Final = 200
"""One in so many items, and FEW in any case, may have changed category before all are put in order again."""


@compiled
def _group(category: Any, start: Any, order: Any) -> None:  # pragma: no cover
    """Puts the numbers of items into `order` by their `category` int32[items] (−1: in none), rising within one;
    `start` int64[categories + 2] becomes where each begins, but for the last, which is scratch."""
    start[:] = 0
    for item in range(len(category)):
        if category[item] >= 0:
            start[category[item] + 2] += 1
    for place in range(2, len(start)):
        start[place] += start[place - 1]
    for item in range(len(category)):
        if category[item] >= 0:
            order[start[category[item] + 1]] = item
            start[category[item] + 1] += 1


class Members:
    """Items in order of category, as they once were, and those that have come or changed since."""

    def __init__(self) -> None:
        self._order: Ints | None = None
        self._start = np.zeros(2, np.int64)
        self._later: list[int] = []

    def changed(self, item: int, items: int) -> None:
        """The item, one of so many, is in another category than before."""
        if self._order is None:
            return
        self._later.append(item)
        if len(self._later) > max(FEW, items // SHARE):
            self._order = None

    def of(self, category: int, column: Ints) -> Ints:
        """The numbers of the items of this category, rising; `column` int32[items] says the category of each now."""
        order = self._sort(column) if self._order is None else self._order
        inside = order[:0]
        if 0 <= category < len(self._start) - 2:
            inside = order[self._start[category] : self._start[category + 1]]
            inside = inside[column[inside] == category]
        if self._later:
            late = np.array(self._later, np.int32)
            inside = np.union1d(inside, late[column[late] == category])
        return inside

    def _sort(self, column: Ints) -> Ints:
        self._start = np.empty(int(column.max(initial=-1)) + 3, np.int64)
        self._order = np.empty(int(np.count_nonzero(column >= 0)), np.int32)
        _group(column, self._start, self._order)
        self._later = []
        return self._order
