"""A built index, asked for rows: approximately, and always as many as there are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.errors import Incompatible
from lingxi.nearest.allowed import Allowed
from lingxi.nearest.kind import Kind
from lingxi.nearest.plan import Plan
from lingxi.nearest.vectors import Lifted

FILE: Final = "index.faiss"
NEARLY: Final = 0.9
"""From this share of allowed rows on, more are fetched and the others dropped: quicker than looking each up."""
TENTH: Final = 0.1
"""The share that `effort_filtered` is measured at."""
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Index:
    """`index` is faiss's, `number` int64[rows] the shop's number of each row, −1 for one that is gone: it may be
    changed, and the next search knows."""

    def __init__(self, plan: Plan, index: Any, lifted: Lifted, number: npt.NDArray[Any]) -> None:
        self.plan, self.faiss, self.lifted = plan, index, lifted
        self.kind: Kind = registry.load("nearest/kinds", plan.kind, "KIND")
        self._numbers = faiss.Int64Vector()
        faiss.copy_array_to_vector(np.ascontiguousarray(number, dtype=np.int64), self._numbers)
        self.number: Longs = faiss.rev_swig_ptr(self._numbers.data(), len(number))

    def rows(self, vector: Floats, n: int, allowed: Allowed, *, biased: bool = True) -> Ints:
        """Rows that have most likely the greatest products with `vector` float32[d], `n` or more where so many are
        allowed; in no order, and among them some that are gone or not allowed."""
        share = allowed.count / max(len(self.number), 1)
        if share >= NEARLY:
            found = self.search(vector, math.ceil(n / share * 1.1) + 16, self.effort(1.0), None, biased=biased)
            if self._count(found, allowed) >= n:
                return found
        effort, most = self.effort(share), self.kind.most(self.faiss)
        while True:
            found = self.search(vector, n, effort, allowed, biased=biased)
            if effort >= most or len(found) >= min(n, allowed.count):
                return found
            effort = min(4 * effort, most)

    def search(self, vector: Floats, n: int, effort: int, allowed: Allowed | None, *, biased: bool = True) -> Ints:
        """One look at the index."""
        selector = None
        if allowed is not None:
            bitmap = faiss.IDSelectorBitmap(allowed.bits)
            selector = faiss.IDSelectorTranslated(self._numbers, bitmap)
        fetched = min(math.ceil(n * self.kind.widen), len(self.number))
        asked = self.kind.asked(effort, selector)
        _, rows = self.faiss.search(self.lifted.query(vector, biased=biased), fetched, params=asked)
        found: Ints = rows[0].astype(np.int32)
        return found[found >= 0]

    def effort(self, share: float) -> int:
        """Between what was measured for all rows and for a tenth of them, evenly in the logarithm; on beyond that."""
        few, many = self.plan.effort, self.plan.effort_filtered
        grown: float = few * (many / few) ** (math.log(max(share, 1e-9)) / math.log(TENTH))
        return max(1, min(math.ceil(grown), self.kind.most(self.faiss)))

    def _count(self, rows: Ints, allowed: Allowed) -> int:
        numbers = self.number[rows]
        inside = (numbers >= 0) & (numbers < len(allowed.mask))
        return int(np.count_nonzero(allowed.mask[np.where(inside, numbers, 0)] & inside))


def write_index(folder: Path, index: Any) -> None:
    """Writes what faiss has built."""
    faiss.write_index(index, str(folder / FILE))


def read_index(folder: Path, plan: Plan, fingerprint: str) -> Any:
    """The index that `plan` tells of, of the vectors with this fingerprint.

    Raises:
        Incompatible: it is missing or broken, or of other vectors than the model's.
    """
    path = folder / FILE
    if plan.fingerprint != fingerprint:
        raise _refused(path, "it was built for another model's vectors")
    try:
        index = faiss.read_index(str(path))
    except (RuntimeError, MemoryError) as error:
        raise _refused(path, str(error).strip().splitlines()[-1][-200:]) from error
    if (index.ntotal, index.d) != (plan.rows, plan.width):
        raise _refused(path, f"it holds {index.ntotal} vectors of {index.d}, not {plan.rows} of {plan.width}")
    return index


def _refused(path: Path, why: str) -> Incompatible:
    return Incompatible(f"the index of a model is refused: {why}", where=str(path), remedy="train again, or roll back")
