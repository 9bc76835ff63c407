"""Columns that grow: one value of each for every item, shopper or pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.features._feature import Column

Made = Callable[[], npt.NDArray[Any]]
"""Makes an array of its own, which nothing changes later."""
STRIDE: Final = 32_768
"""Rows that are filled with their defaults at once: a table that grows pauses for the copy, not for the new half."""
AHEAD: Final = 1 << 20
"""Rows for which a table that outgrows STRIDE reserves addresses, so that it need not be copied under load: memory is
taken by the rows in use alone."""


def views_of(arrays: Iterable[Any]) -> tuple[Any, ...]:
    """The arrays as interpreted code is quickest with them: of a memoryview it reads and writes one number in a third
    of the time."""
    return tuple(memoryview(array) for array in arrays)


class Table:
    """Named arrays of one length, the first `size` rows in use. `arrays[name]` may be longer than `size`. A column of
    zeros takes no memory before something else is written into it.

    `replaced` counts how often the arrays gave way to longer ones: who keeps them looks them up again when it changes.
    """

    def __init__(self, columns: Iterable[Column], capacity: int = 256) -> None:
        self.columns = {column.name: column for column in columns}
        self.size = 0
        self.capacity = capacity
        self.replaced = 0
        self._ready = capacity
        self.arrays: dict[str, npt.NDArray[Any]] = {
            name: np.full(capacity, column.default, column.dtype) for name, column in self.columns.items()
        }
        self._filled = {name: column.default for name, column in self.columns.items() if column.default != 0}

    def grow(self, size: int) -> None:
        """Makes at least `size` rows; new ones hold the defaults. Arrays are replaced when they become too short."""
        if size > self.capacity:
            self.capacity = max(size, self.capacity * 2) + (AHEAD if size > STRIDE else 0)
            for name, column in self.columns.items():
                longer, before = np.zeros(self.capacity, column.dtype), self.arrays[name][: self._ready]
                if name in self._filled or before.any():
                    longer[: self._ready] = before
                self.arrays[name] = longer
            self.replaced += 1
        if size > self._ready:
            end = min(self.capacity, max(size, self._ready + STRIDE))
            for name, default in self._filled.items():
                self.arrays[name][self._ready : end] = default
            self._ready = end
        self.size = max(self.size, size)

    def move(self, source: int, target: int, count: int) -> None:
        """Copies `count` rows to `target` and resets the old ones."""
        for name, column in self.columns.items():
            array = self.arrays[name]
            array[target : target + count] = array[source : source + count]
            array[source : source + count] = column.default

    def save(self, prefix: str) -> dict[str, Made]:
        """What copies the rows in use, by prefixed name."""
        return {
            f"{prefix}{name}": lambda name=name: self.arrays[name][: self.size].copy()  # type: ignore[misc]
            for name in self.arrays
        }

    def load(
        self,
        prefix: str,
        saved: Mapping[str, npt.NDArray[Any]],
        rows: npt.NDArray[np.int64] | None = None,
        size: int | None = None,
    ) -> None:
        """Takes rows that `save` returned, to `rows` of `size` if given; what was not saved keeps its defaults."""
        found = {name: saved[prefix + name] for name in self.columns if prefix + name in saved}
        size = max((len(array) for array in found.values()), default=0) if size is None else size
        self.size = 0
        self.grow(size)
        for name, array in found.items():
            if name in self._filled or array.any():
                self.arrays[name][slice(len(array)) if rows is None else rows] = array
