"""Vectors of items as they are given to an index: in blocks, so that a large table is never held twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
BLOCK: Final = 65_536
EVEN: Final = 8
"""Indexes are quickest with a width that is a multiple of this."""


def sound(vectors: Floats, bias: Floats) -> Bools:
    """Which rows are finite, bool[rows]: a product with any other is no score."""
    kept = np.isfinite(bias)
    for part in blocks(len(vectors)):
        kept[part] &= np.isfinite(np.asarray(vectors[part])).all(axis=1)
    return kept


def blocks(rows: int) -> Iterator[slice]:
    """Spans of rows."""
    for start in range(0, rows, BLOCK):
        yield slice(start, min(start + BLOCK, rows))


def fingerprint(vectors: Floats, bias: Floats) -> str:
    """What tells these from any other vectors: 128 bits (BLAKE2b) of their bytes, in hex."""
    digest = hashlib.blake2b(str(vectors.shape).encode(), digest_size=16)
    for part in blocks(len(vectors)):
        digest.update(np.ascontiguousarray(vectors[part]).data)
    digest.update(np.ascontiguousarray(bias).data)
    return digest.hexdigest()


class Lifted:
    """A bias as one more number of each vector, which the query meets with a 1: an index compares products alone.

    The biases' mean is taken off, which changes no order; where all are alike nothing is added.
    """

    def __init__(self, width: int, bias: Floats, kept: Bools) -> None:
        known = bias[kept]
        self.mean = float(known.mean()) if len(known) else 0.0
        self.biased = bool(len(known)) and float(np.abs(known - self.mean).max()) > 0
        self.given = width
        self.width = -(-(width + self.biased) // EVEN) * EVEN

    def rows(self, vectors: Any, bias: Floats, kept: Bools) -> Floats:
        """float32[k, width]; what is not kept becomes 0, so that rows stay in their places."""
        made = np.zeros((len(vectors), self.width), dtype=np.float32)
        made[kept, : self.given] = vectors[kept]
        if self.biased:
            made[kept, self.given] = bias[kept] - self.mean
        return made

    def query(self, vector: Floats, *, biased: bool = True) -> Floats:
        """float32[1, width]; what is not `biased` compares products alone."""
        made = np.zeros((1, self.width), dtype=np.float32)
        made[0, : self.given] = vector
        if self.biased and biased:
            made[0, self.given] = 1.0
        return made
