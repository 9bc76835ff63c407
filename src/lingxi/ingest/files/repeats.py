"""Equal lines of one file, counted exactly, in memory that does not grow with the lines that differ.

A first reading sets a bit for each line's key and keeps the keys whose bit was set before: all that repeat, and a few
that do not. The second counts those alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lingxi.ingest.columns import Keys
from lingxi.ingest.columns import keys as keys_of

_SMALL: Final = 24
_LARGE: Final = 30
_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)


class Repeats:
    """What the first reading learns. `size` is about how many bytes will be read."""

    def __init__(self, size: int) -> None:
        power = min(_LARGE, max(_SMALL, (size // 2).bit_length()))
        self._mask = np.uint64((1 << power) - 1)
        self._bits: npt.NDArray[np.uint8] | None = np.zeros(1 << (power - 3), np.uint8)
        self._found: list[Keys] = []

    def learn(self, keys: Keys, file: int) -> None:
        """Takes the keys of some lines of a file."""
        if self._bits is None:
            return
        keys = of_file(keys, file)
        place = keys & self._mask
        byte, bit = place >> np.uint64(3), np.left_shift(np.uint8(1), (place & np.uint64(7)).astype(np.uint8))
        seen = (self._bits[byte] & bit) != 0
        _, first = np.unique(place, return_index=True)
        later = np.ones(len(keys), bool)
        later[first] = False
        if (again := seen | later).any():
            self._found.append(np.unique(keys[again]))
        np.bitwise_or.at(self._bits, byte, bit)

    def candidates(self) -> Keys:
        """The keys that may repeat, sorted; ends the learning and lets its memory go."""
        self._bits = None
        return np.unique(np.concatenate(self._found)) if self._found else np.zeros(0, np.uint64)


class Counter:
    """What a later reading counts, of one file after another; `files` gives each its number, `shift` (µs) is what was
    added to every `at` since the first."""

    def __init__(self, candidates: Keys, files: Mapping[str, int], shift: int) -> None:
        self._candidates = candidates
        self._counts: dict[int, int] = {}
        self._files, self._shift = files, shift

    def __call__(self, good: pl.DataFrame) -> npt.NDArray[np.int64]:
        """How many equal lines of their file were before each of these clean rows, which are of one file."""
        copies = np.zeros(len(good), np.int64)
        if not len(self._candidates) or good.is_empty():
            return copies
        keys = of_file(keys_of(good.with_columns(pl.col("at") - self._shift)), self._files[good["file"][0]])
        at = np.minimum(np.searchsorted(self._candidates, keys), len(self._candidates) - 1)
        for row in np.flatnonzero(self._candidates[at] == keys).tolist():
            key = int(keys[row])
            copies[row] = self._counts.get(key, 0)
            self._counts[key] = int(copies[row]) + 1
        return copies


def of_file(keys: Keys, file: int) -> Keys:
    """The keys of a file's own lines."""
    with np.errstate(over="ignore"):
        return (keys ^ (np.uint64(file) * _PRIME)) * _PRIME
