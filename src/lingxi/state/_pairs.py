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
def _locate(item_of: Any, start: Any, count: Any, shoppers: Any, items: Any, found: Any) -> None:  # pragma: no cover
    for i in range(len(shoppers)):
        shopper = shoppers[i]
        found[i] = -1
        for row in range(start[shopper], start[shopper] + count[shopper]):
            if item_of[row] == items[i]:
                found[i] = row
                break


class Pairs:
    """Rows by shopper, in the order in which the shopper met the items."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self.blocks = Blocks((ITEM, *columns))

    def row(self, shopper: int, item: int) -> int:
        """The row of a pair, made if there is none."""
        place = self.blocks.slice(shopper)
        hits = np.flatnonzero(self.blocks.rows.arrays["item"][place] == item)
        if len(hits):
            return int(place.start) + int(hits[0])
        count = int(place.stop) - int(place.start)
        self.blocks.reserve(shopper, count + 1)
        row = int(self.blocks.owners.arrays["start"][shopper]) + count
        self.blocks.rows.arrays["item"][row] = item
        self.blocks.owners.arrays["count"][shopper] = count + 1
        return row

    def rows(self, shoppers: npt.NDArray[np.int32], items: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """The rows of many pairs, int64[n]; those that are not there are made."""
        keys, inverse = np.unique((shoppers.astype(np.int64) << 32) | items, return_inverse=True)
        who, what = (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)
        self.blocks.owners.grow(int(who[-1]) + 1 if len(who) else 0)
        found = self._locate(who, what)
        missing = found < 0
        if missing.any():
            self._make(who[missing], what[missing])
            found = self._locate(who, what)
        return found[inverse]

    def _locate(self, who: npt.NDArray[np.int32], what: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        found = np.empty(len(who), np.int64)
        owners = self.blocks.owners.arrays
        _locate(self.blocks.rows.arrays["item"], owners["start"], owners["count"], who, what, found)
        return found

    def _make(self, who: npt.NDArray[np.int32], what: npt.NDArray[np.int32]) -> None:
        """`who` is sorted."""
        owners, first, more = np.unique(who, return_index=True, return_counts=True)
        for owner, at, count in zip(owners.tolist(), first.tolist(), more.tolist(), strict=True):
            have = int(self.blocks.owners.arrays["count"][owner])
            self.blocks.reserve(owner, have + count)
            start = int(self.blocks.owners.arrays["start"][owner]) + have
            self.blocks.rows.arrays["item"][start : start + count] = what[at : at + count]
            self.blocks.owners.arrays["count"][owner] = have + count
