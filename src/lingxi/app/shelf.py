"""The catalog as the shop's pages read it: from the live state, so that what was posted is there at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from lingxi.domain.item import Item
from lingxi.state.categories import below
from lingxi.state.state import State

CATEGORY_ZH = "category_zh"


class Category(Struct, frozen=True, omit_defaults=True):
    """A category, as items name it, and how many posted and visible items name it; with its Chinese name, where an
    item of it gives one in its attribute `category_zh`."""

    category: str
    items: int
    category_zh: str = ""


class Shelf:
    """Reads the catalog of one shop; `now` tells the time in µs UTC."""

    def __init__(self, state: State, now: Callable[[], int]) -> None:
        self._state = state
        self._now = now

    def named(self, ids: Sequence[str]) -> list[Item]:
        """The posted items of these ids, in their order; an unknown one is left out."""
        numbers = (self._state.items.number.get(each) for each in ids)
        items = (self._state.item(no) for no in numbers if no is not None)
        return [item for item in items if item is not None]

    def listed(self, category: str, limit: int, offset: int) -> tuple[list[Item], int]:
        """Posted and visible items of a category and those below it, best sellers of the month first; and the total."""
        rows = self._rows(category)
        sales = self._state.item_feature("popularity.month", rows, self._now())
        best = rows[np.argsort(-sales, kind="stable")][offset : offset + limit]
        items = (self._state.item(int(no)) for no in best)
        return [item for item in items if item is not None], len(rows)

    def categories(self) -> list[Category]:
        """Every category that has an item to show, by name."""
        names = self._state.items.categories
        rows = self._rows("")
        codes = self._state.items.column("category")[rows]
        there, first, counts = np.unique(codes, return_index=True, return_counts=True)
        found = [
            Category(names[code], int(count), self._chinese(int(rows[at])))
            for code, at, count in zip(there, first, counts, strict=True)
            if code >= 0 and names[code]
        ]
        return sorted(found, key=lambda each: each.category)

    def _chinese(self, no: int) -> str:
        """The Chinese name of an item's category, if the item gives one."""
        item = self._state.item(no)
        name = item.attributes.get(CATEGORY_ZH) if item and item.attributes else None
        return name if isinstance(name, str) else ""

    def _rows(self, category: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Numbers of the posted and visible items under a category; all of them for ""."""
        items = self._state.items
        shown = items.column("posted") & items.column("visible")
        if category:
            shown &= below(items.categories, (category,))[items.column("category")]
        return np.flatnonzero(shown).astype(np.int32)
