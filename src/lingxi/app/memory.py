"""The newest of something, by key, as many as fit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Recent(Generic[Kept]):
    """Keeps the `size` newest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: Hashable, value: Kept) -> None:
        """Keeps one; the oldest goes when there is no room."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def drop(self, gone: Callable[[Kept], bool]) -> None:
        """Lets go of what `gone` says."""
        for key in [key for key, kept in self._kept.items() if gone(kept)]:
            del self._kept[key]

    def clear(self) -> None:
        """Lets go of everything."""
        self._kept.clear()

    def get(self, key: Hashable) -> Kept | None:
        """What is kept under the key."""
        return self._kept.get(key)
