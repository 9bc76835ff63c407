"""The catalog as the shop's pages read it: from the live state, so that what was posted is there at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from lingxi.domain.item import Item
from lingxi.state.state import State

UNDER = " > "


class Category(Struct, frozen=True):
    """A category, as items name it, and how many posted and visible items name it."""

    category: str
    items: int


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
        codes = self._state.items.column("category")[self._rows("")]
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        found = [Category(name, int(count)) for name, count in zip(names, counts, strict=True) if count and name]
        return sorted(found, key=lambda each: each.category)

    def _rows(self, category: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Numbers of the posted and visible items under a category; all of them for ""."""
        items = self._state.items
        shown = items.column("posted") & items.column("visible")
        if category:
            under = category + UNDER
            names = self._state.items.categories
            codes = [code for code, name in enumerate(names) if name == category or name.startswith(under)]
            shown &= np.isin(items.column("category"), codes)
        return np.flatnonzero(shown).astype(np.int32)
