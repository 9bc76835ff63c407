"""What is known of each shopper × item that ever met: a row of the pair features."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import compiled
from lingxi.features._feature import Column
from lingxi.state._blocks import Blocks

ITEM = Column("item", "int32", -1)


@compiled
def _find(item_of: Any, start: int, count: int, item: int) -> int:  # pragma: no cover
    """The row of an item in a block, -1 where it is not there."""
    for row in range(start, start + count):
        if item_of[row] == item:
            return row
    return -1


@compiled
def _locate(
    item_of: Any, start: Any, count: Any, shoppers: Any, items: Any, found: Any, without: Any
) -> int:  # pragma: no cover
    """Finds the row of each pair, -1 where there is none; the shoppers of those into `without`, and their number."""
    missing = 0
    for i in range(len(shoppers)):
        shopper = shoppers[i]
        found[i] = _find(item_of, start[shopper], count[shopper], items[i])
        if found[i] < 0:
            without[missing] = shopper
            missing += 1
    return missing


@compiled
def _make(item_of: Any, start: Any, count: Any, shoppers: Any, items: Any, found: Any) -> None:  # pragma: no cover
    """Finds the row of each pair, and makes it where there is none: there is room."""
    for i in range(len(shoppers)):
        shopper = shoppers[i]
        found[i] = _find(item_of, start[shopper], count[shopper], items[i])
        if found[i] < 0:
            found[i] = start[shopper] + count[shopper]
            item_of[found[i]] = items[i]
            count[shopper] += 1


class Pairs:
    """Rows by shopper, in the order in which the shopper met the items."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self.blocks = Blocks((ITEM, *columns))

    def row(self, shopper: int, item: int) -> int:
        """The row of a pair, made if there is none."""
        place = self.blocks.slice(shopper)
        count = int(place.stop) - int(place.start)
        found = _find(self.blocks.rows.arrays["item"], place.start, count, item)
        if found >= 0:
            return int(found)
        self.blocks.reserve(shopper, count + 1)
        row = int(self.blocks.owners.arrays["start"][shopper]) + count
        self.blocks.rows.arrays["item"][row] = item
        self.blocks.owners.arrays["count"][shopper] = count + 1
        return row

    def rows(self, shoppers: npt.NDArray[np.int32], items: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """The rows of many pairs, int64[n]; those that are not there are made."""
        found = np.empty(len(shoppers), np.int64)
        if not len(shoppers):
            return found
        without = np.empty(len(shoppers), np.int32)
        self.blocks.owners.grow(int(shoppers.max()) + 1)
        missing = _locate(*self._index(), shoppers, items, found, without)
        if missing:
            self.blocks.make_room(without[:missing])
            _make(*self._index(), shoppers, items, found)
        return found

    def _index(self) -> tuple[npt.NDArray[Any], ...]:
        """The items of all rows, where each shopper's start and how many they are."""
        owners = self.blocks.owners.arrays
        return self.blocks.rows.arrays["item"], owners["start"], owners["count"]
