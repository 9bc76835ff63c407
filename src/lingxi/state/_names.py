"""Ids by number and numbers by id, in a quarter of the memory that a list and a dict of them take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.dtypes import StringDType

from lingxi.features._compiled import compiled
from lingxi.state._table import views_of

ID: Final = StringDType()
"""Up to fifteen bytes lie in the array itself."""
ROOM: Final = 768
"""Ids at first; three quarters of a power of two, as however often it is doubled."""
PIECE: Final = 65_536
FREE: Final = -1
LOW: Final = 0x7FFF_FFFF


@compiled
def _place_all(hashes: Any, slots: Any) -> None:  # pragma: no cover
    """Puts each number into the first free slot from its hash on; `slots` are a power of two and more than numbers."""
    mask = len(slots) - 1
    for number in range(len(hashes)):
        slot = hashes[number] & mask
        while slots[slot] != FREE:
            slot = (slot + 1) & mask
        slots[slot] = number


class Names(Sequence[str]):
    """Ids in the order of their numbers, from 0.

    One thread appends; others may look up meanwhile: what a slot leads to is there before the slot, in arrays that are
    never shorter than the three quarters of the slots that may be taken.
    """

    def __init__(self, ids: Sequence[str] = ()) -> None:
        self._size = len(ids)
        room = ROOM
        while room < len(ids):
            room *= 2
        self._ids: npt.NDArray[Any] = np.empty(room, dtype=ID)
        self._ids[: len(ids)] = ids
        self._hashes = np.empty(room, dtype=np.int32)
        self._hashes[: len(ids)] = np.fromiter((hash(each) & LOW for each in ids), np.int32, len(ids))
        self._slots = self._spread()

    @property
    def number(self) -> Mapping[str, int]:
        """The way back."""
        return _Numbers(self)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return self._ids[: self._size][place].tolist()
        if not -self._size <= place < self._size:
            raise IndexError(place)
        return self._ids[place if place >= 0 else place + self._size]

    def __iter__(self) -> Iterator[str]:
        yield from self._ids[: self._size].tolist()

    def saved(self) -> Callable[[], tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]]:
        """Makes, at any time and on any thread, what is saved of the ids of now: UTF-8 with a NUL behind each, and how
        many letters each has."""
        kept = self._ids[: self._size]

        def made() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
            told, size = bytearray(), np.empty(len(kept), np.int32)
            for start in range(0, len(kept), PIECE):  # others want the interpreter too
                ids = kept[start : start + PIECE].tolist()
                size[start : start + PIECE] = list(map(len, ids))
                told += "\0".join([*ids, ""]).encode()
            return np.frombuffer(told, np.uint8), size

        return made

    @classmethod
    def load(cls, told: npt.NDArray[Any], size: npt.NDArray[Any]) -> Names:
        """What `saved` was made of.

        Raises:
            ValueError: these are no ids as they are saved here.
        """
        letters, ends = told.tobytes().decode(), np.cumsum(size + 1, dtype=np.int64).tolist()
        if len(letters) != (ends[-1] if ends else 0):
            raise ValueError("the ids of a checkpoint are not as long as it says")
        return cls([letters[start : end - 1] for start, end in pairwise([0, *ends])])

    def append(self, name: str) -> None:
        """Gives a new id the next number."""
        number, code = self._size, hash(name) & LOW
        full = number == len(self._ids)
        if full:
            self._ids, self._hashes = _longer(self._ids), _longer(self._hashes)
        self._ids[number] = name
        self._hashes[number] = code
        self._size = number + 1
        if full:
            self._slots = self._spread()
            return
        slots, mask = self._slots, len(self._slots) - 1
        slot = code & mask
        while slots[slot] != FREE:
            slot = (slot + 1) & mask
        slots[slot] = number

    def find(self, name: str) -> int:
        """The number of an id; −1 where there is none."""
        slots, code = self._slots, hash(name) & LOW
        hashes, ids, mask = self._hashes, self._ids, len(slots) - 1
        slot = code & mask
        while (number := slots[slot]) != FREE:
            if hashes[number] == code and ids[number] == name:
                return int(number)
            slot = (slot + 1) & mask
        return FREE

    def _spread(self) -> Any:
        """The slots, a power of two: a third more than numbers that there is room for, so that looking ends soon."""
        slots = np.full(len(self._ids) // 3 * 4, FREE, dtype=np.int32)
        _place_all(self._hashes[: self._size], slots)
        return views_of([slots])[0]


class _Numbers(Mapping[str, int]):
    def __init__(self, names: Names) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getitem__(self, name: str) -> int:
        number = self._names.find(name)
        if number < 0:
            raise KeyError(name)
        return number

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._names.find(name) >= 0

    def get(self, name: str, default: Any = None) -> Any:
        """The number of an id, or `default`."""
        number = self._names.find(name)
        return default if number < 0 else number


def _longer(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    longer = np.empty(2 * len(array), dtype=array.dtype)
    longer[: len(array)] = array
    return longer
