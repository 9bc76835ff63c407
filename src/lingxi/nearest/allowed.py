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

    @cached_property
    def bits(self) -> npt.NDArray[np.uint8]:
        """The mask as faiss reads it: eight items a byte, the first in the lowest bit."""
        packed: npt.NDArray[np.uint8] = np.packbits(self.mask, bitorder="little")
        return packed

    def without(self, items: Any) -> Allowed:
        """The same but for these."""
        mask = self.mask.copy()
        mask[items] = False
        return Allowed(mask)
