"""The newest version of every item, as JSON in one piece of memory: as objects they would take four times as much."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from lingxi.domain.item import Item
from lingxi.features._compiled import unlocked
from lingxi.features._feature import Column
from lingxi.state._table import Table

Bytes = npt.NDArray[np.uint8]
NOWHERE: Final = -1
ROOM: Final = 4_096
READ: Final = 2_048
"""Versions read of a mapped file before its pages are let go of: each brings some of its neighbours into memory."""
SPARE: Final = 1 << 22
"""Bytes of versions that were replaced, up to which they are not worth packing."""
COLUMNS: Final = (Column("start", "int64", NOWHERE), Column("size", "int32", 0))
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Item)


@unlocked
def _pack(base: Any, later: Any, start: Any, size: Any, packed: Any) -> None:  # pragma: no cover
    """Copies what lies from `start` on, `size` bytes each, one after the other into `packed`."""
    at = 0
    for row in range(len(start)):
        place, count = start[row], size[row]
        if count and place >= len(base):
            place -= len(base)
            packed[at : at + count] = later[place : place + count]
        elif count:
            packed[at : at + count] = base[place : place + count]
        at += count


class Records:
    """By item number. `base` uint8 is what a checkpoint brought (it may be a mapped file); newer versions are the first
    `used` bytes of `later` uint8, whose first has the place `len(base)`; `waste` of them are of older ones. What is in
    use of either is never changed: another thread may read it.
    """

    def __init__(self) -> None:
        self.base: Bytes = np.empty(0, np.uint8)
        self.later: Bytes = np.empty(0, np.uint8)
        self.used = self.waste = self._read = 0
        self._mapped: mmap.mmap | None = None
        self.places = Table(COLUMNS)

    def put(self, number: int, item: Item) -> None:
        """Takes a version of an item."""
        self.places.grow(number + 1)
        arrays, told = self.places.arrays, _ENCODER.encode(item)
        if arrays["start"][number] >= len(self.base):
            self.waste += int(arrays["size"][number])
        arrays["start"][number] = len(self.base) + self.used
        arrays["size"][number] = len(told)
        self._append(told)
        if self.waste > max(SPARE, self.used // 2):
            self._tidy()

    def get(self, number: int) -> Item | None:
        """The newest version; None for an item that none is known of."""
        if not 0 <= number < self.places.size or not (size := int(self.places.arrays["size"][number])):
            return None
        start = int(self.places.arrays["start"][number])
        late = start - len(self.base)
        if late < 0:
            self._let_go()
        told = self.base[start : start + size] if late < 0 else self.later[late : late + size]
        return _DECODER.decode(told.data)

    def saved(self) -> Callable[[], tuple[Bytes, npt.NDArray[np.int32]]]:
        """Makes, at any time and on any thread, what is saved of the versions of now: as JSON, one after the other,
        uint8; and how many bytes each item has, int32[items]: 0 for one that none is known of."""
        start, size = (self.places.arrays[name][: self.places.size].copy() for name in ("start", "size"))
        base, later = self.base, self.later[: self.used]
        return lambda: (_packed(base, later, start, size), size)

    def load(self, told: Bytes, size: npt.NDArray[np.int32]) -> None:
        """Takes what `saved` gave; the bytes are kept, not copied."""
        self.base, self.later, self.used, self.waste = told, np.empty(0, np.uint8), 0, 0
        self._mapped = _mapping(told)
        self.places.grow(len(size))
        self.places.arrays["start"][: len(size)] = np.where(size > 0, np.cumsum(size, dtype=np.int64) - size, NOWHERE)
        self.places.arrays["size"][: len(size)] = size

    def _let_go(self) -> None:
        """Lets go of a mapped file's pages now and then; they stay in the machine's cache while there is room."""
        self._read += 1
        if self._read == READ:
            self._read = 0
            if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
                self._mapped.madvise(mmap.MADV_DONTNEED)

    def _tidy(self) -> None:
        """Lets go of what was replaced since the checkpoint."""
        base, arrays = len(self.base), self.places.arrays
        rows = np.flatnonzero(arrays["start"][: self.places.size] >= base)
        start, size = arrays["start"][rows], arrays["size"][rows]
        self.later = _packed(self.base, self.later[: self.used], start, size)
        arrays["start"][rows] = base + np.cumsum(size, dtype=np.int64) - size
        self.used, self.waste = len(self.later), 0

    def _append(self, told: bytes) -> None:
        end = self.used + len(told)
        if end > len(self.later):
            longer = np.empty(2 * end + ROOM, np.uint8)
            longer[: self.used] = self.later[: self.used]
            self.later = longer
        self.later[self.used : end] = np.frombuffer(told, np.uint8)
        self.used = end


def _packed(base: Bytes, later: Bytes, start: npt.NDArray[np.int64], size: npt.NDArray[np.int32]) -> Bytes:
    packed = np.empty(int(size.sum(dtype=np.int64)), np.uint8)
    _pack(base, later, start, size, packed)
    return packed


def _mapping(array: Any) -> mmap.mmap | None:
    """The mapped file that an array is read from; None where it lies in memory."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array if isinstance(array, mmap.mmap) else None
