"""Columns that grow: one value of each for every item, shopper or pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.features._feature import Column


class Table:
    """Named arrays of one length, the first `size` rows in use. `arrays[name]` may be longer than `size`."""

    def __init__(self, columns: Iterable[Column], capacity: int = 256) -> None:
        self.columns = {column.name: column for column in columns}
        self.size = 0
        self.capacity = capacity
        self.arrays: dict[str, npt.NDArray[Any]] = {
            name: np.full(capacity, column.default, column.dtype) for name, column in self.columns.items()
        }

    def grow(self, size: int) -> None:
        """Makes at least `size` rows; new ones hold the defaults. Arrays are replaced when they become too short."""
        if size > self.capacity:
            self.capacity = max(size, self.capacity * 2)
            for name, column in self.columns.items():
                longer = np.full(self.capacity, column.default, column.dtype)
                longer[: self.size] = self.arrays[name][: self.size]
                self.arrays[name] = longer
        self.size = max(self.size, size)

    def move(self, source: int, target: int, count: int) -> None:
        """Copies `count` rows to `target` and resets the old ones."""
        for name, column in self.columns.items():
            array = self.arrays[name]
            array[target : target + count] = array[source : source + count]
            array[source : source + count] = column.default

    def save(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """The rows in use, by prefixed name."""
        return {f"{prefix}{name}": array[: self.size] for name, array in self.arrays.items()}

    def load(self, prefix: str, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Takes rows that `save` returned; a column that was not saved keeps its defaults."""
        found = {name: saved[prefix + name] for name in self.columns if prefix + name in saved}
        self.size = 0
        self.grow(max((len(array) for array in found.values()), default=0))
        for name, array in found.items():
            self.arrays[name][: len(array)] = array
