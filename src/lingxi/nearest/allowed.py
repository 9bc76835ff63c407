"""Which items may be answered with."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


class Allowed:
    """`mask` bool by the shop's item number (an item beyond its end is not allowed); it is not changed any more.

    What follows from it is made once, when it is first asked for.
    """

    def __init__(self, mask: Bools) -> None:
        self.mask = mask
        self._bits: tuple[npt.NDArray[Any], int, npt.NDArray[np.uint8]] | None = None

    @classmethod
    def only(cls, items: Ints, size: int) -> Self:
        """Just these, of a shop of `size` items."""
        mask = np.zeros(size, dtype=np.bool_)
        mask[items] = True
        return cls(mask)

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def items(self) -> Ints:
        """Their numbers, rising."""
        return np.flatnonzero(self.mask).astype(np.int32)

    def rows(self, number: npt.NDArray[Any]) -> Bools:
        """Which rows are allowed whose items have these numbers, −1 being nobody's: bool[rows]."""
        inside = (number >= 0) & (number < len(self.mask))
        if not len(self.mask):
            return inside
        allowed: Bools = self.mask.take(number, mode="clip") & inside
        return allowed

    def bits(self, number: npt.NDArray[Any], version: int) -> npt.NDArray[np.uint8]:
        """The same as faiss reads it, eight rows a byte, the first in the lowest bit; kept for this array of numbers
        while its version stays the same."""
        held = self._bits
        if held is None or held[0] is not number or held[1] != version:
            held = self._bits = (number, version, np.packbits(self.rows(number), bitorder="little"))
        return held[2]
