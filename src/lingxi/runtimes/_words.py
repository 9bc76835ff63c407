"""The words of queries that a net knows, and the vector of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from lingxi.domain.words import CODES, codes_in

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Words:
    """`row` int32[CODES + 1] is the row of each word's code (domain.words), −1 for one that is not known; without any
    word no query is read. `vectors` float32[rows, d]."""

    row: Ints
    vectors: Floats

    @classmethod
    def of(cls, codes: Ints, vectors: Floats) -> Self:
        """Of the words with these `codes`, in the order of the rows."""
        return cls(rows_of_codes(codes), vectors)

    @classmethod
    def none(cls, width: int) -> Self:
        """No query is read."""
        return cls(np.empty(0, np.int32), np.empty((0, width), np.float32))


def rows_of_codes(codes: Ints) -> Ints:
    """The way back, int32[CODES + 1], −1 for a word that is not there."""
    row = np.full(CODES + 1, -1, np.int32)
    row[codes] = np.arange(len(codes))
    return row


def rows_of(queries: Longs, row: Ints) -> Longs:
    """The rows of the words of each query, int64[n, domain.words.MOST], −1 where there is none that is known."""
    codes = codes_in(queries)
    return np.where(codes > 0, row[codes], -1).astype(np.int64)
