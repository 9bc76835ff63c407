"""What shoppers searched for, each query once: a history names it in the place of an item.

An act without an item has −1 where others have the item's number, or −2 and below for a query: what is searched for
costs a history nothing, and each different query some hundred bytes once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.features._feature import Column
from lingxi.state._table import Made, Table

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
FIRST = -2
"""The place of the first query; the next one is below it."""


class Queries:
    """Queries as `domain.words.query_of` has them, by the order in which they came."""

    def __init__(self) -> None:
        self._words = Table((Column("words", "int64", 0),))
        self._place: dict[int, int] = {}

    def place(self, query: int) -> int:
        """What stands for a query in a history, −2 or below; −1 for none."""
        if query == 0:
            return -1
        place = self._place.get(query)
        if place is None:
            place = self._place[query] = FIRST - len(self._place)
            self._words.grow(len(self._place))
            self._words.arrays["words"][FIRST - place] = query
        return place

    def places(self, item: Ints, query: Longs) -> Ints:
        """What stands in a history for each of these acts, int32[n]: the item, else the query."""
        searched = np.flatnonzero((item < 0) & (query != 0))
        if not len(searched):
            return item
        different, which = np.unique(query[searched], return_inverse=True)
        there = np.array([self.place(each) for each in different.tolist()], np.int32)
        found = item.copy()
        found[searched] = there[which]
        return found

    def told(self, other: Ints) -> tuple[Ints, Longs]:
        """The items, −1 for none, and the queries, 0 for none, of what stands in a history."""
        searched = other <= FIRST
        query = np.zeros(len(other), np.int64)
        if not searched.any():
            return other, query
        query[searched] = self._words.arrays["words"][FIRST - other[searched]]
        return np.where(searched, np.int32(-1), other), query

    def save(self) -> dict[str, Made]:
        """What copies them, by name."""
        return self._words.save("queries.")

    def load(self, saved: Any) -> None:
        """Takes what `save` returned."""
        self._words.load("queries.", saved)
        words = self._words.arrays["words"][: self._words.size].tolist()
        self._place = {query: FIRST - number for number, query in enumerate(words)}
