"""The traits of shoppers that a net knows, and what each adds: to all that the net reads, and to what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Person(NamedTuple):
    """What one shopper's traits add, float32[d]: to every moment that is read, and to the vector that is asked with."""

    read: Floats
    asked: Floats


@dataclass(frozen=True, slots=True)
class Traits:
    """`codes` int32[t] (domain.traits) in rising order; `read` and `asked` float32[t, d] are their vectors: what is
    added to every moment, and to the vector that is asked with."""

    codes: Ints
    read: Floats
    asked: Floats

    @classmethod
    def none(cls, width: int) -> Self:
        """No trait is read."""
        nothing = np.empty((0, width), np.float32)
        return cls(np.empty(0, np.int32), nothing, nothing)

    def of(self, traits: Ints) -> Person | None:
        """Of who has these `traits`: the sum over the root of how many are known; None where none is."""
        if not len(traits):
            return None
        rows = rows_of(traits, self.codes)
        rows = rows[rows >= 0]
        if not len(rows):
            return None
        share = np.float32(1.0 / np.sqrt(len(rows)))
        return Person(self.read[rows].sum(axis=0) * share, self.asked[rows].sum(axis=0) * share)


def rows_of(traits: Ints, codes: Ints) -> Longs:
    """The row of each trait among `codes`, int64[n], −1 where it is not there."""
    if not len(codes):
        return np.full(len(traits), -1, np.int64)
    place = np.minimum(np.searchsorted(codes, traits), len(codes) - 1)
    return np.where(codes[place] == traits, place, -1)
