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
TINY: Final = 1e-9
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Index:
    """`index` is faiss's, `number` int64[rows] the shop's number of each row, −1 for one that is gone; `drop` is how
    rows go."""

    def __init__(self, plan: Plan, index: Any, lifted: Lifted, number: npt.NDArray[Any]) -> None:
        self.plan, self.faiss, self.lifted = plan, index, lifted
        self.kind: Kind = registry.load("nearest/kinds", plan.kind, "KIND")
        self.number: Longs = number.astype(np.int64)
        self.gone = 0

    def drop(self, row: int) -> None:
        """Nobody's from now on: the next search knows."""
        self.number[row] = -1
        self.gone += 1

    def rows(self, vector: Floats, n: int, allowed: Allowed, *, biased: bool = True) -> Ints:
        """Rows that have most likely the greatest products with `vector` float32[d], `n` or more where so many are
        allowed; in no order, and among them some that are gone or not allowed."""
        share = allowed.count / max(len(self.number), 1)
        if share >= NEARLY:
            found = self.search(vector, math.ceil(n / share * 1.1) + 16, self.effort(1.0), None, biased=biased)
            if np.count_nonzero(allowed.rows(self.number[found])) >= n:
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
            selector = faiss.IDSelectorBitmap(allowed.bits(self.number, self.gone))
        fetched = min(math.ceil(n * self.kind.widen), len(self.number))
        asked = self.kind.asked(effort, selector)
        _, rows = self.faiss.search(self.lifted.query(vector, biased=biased), fetched, params=asked)
        found: Ints = rows[0].astype(np.int32)
        return found[found >= 0]

    def pays(self, share: float) -> bool:
        """Whether a search where this share is allowed was quicker than the whole product, when it was measured."""
        reached = next((each for each in self.plan.reached if each.share <= share), self.plan.reached[-1])
        return reached.ms <= self.plan.exact_ms

    def effort(self, share: float) -> int:
        """What is enough where this share is allowed: what the next smaller measured one took; below all of them it
        grows as the share falls."""
        least = self.plan.reached[-1]
        enough = next((each.effort for each in self.plan.reached if each.share <= share), None)
        grown = math.ceil(least.effort * least.share / max(share, TINY)) if enough is None else enough
        return max(1, min(grown, self.kind.most(self.faiss)))


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
