"""Inverted files: rows lie in cells around centres, and a search looks into the cells nearest to the query
(Sivic and Zisserman 2003; Jégou et al. 2011). They differ in how a cell holds its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import faiss

CELLS: Final = 8_192
"""Cells at most: each is compared with the query, and with every row while building."""
LEAST: Final = 39
"""Rows a cell at least, for its centre to be learnt."""
ROUNDS: Final = 8
SAMPLE: Final = 40
"""Rows a cell that the centres are learnt from."""


@dataclass(frozen=True, slots=True)
class Inverted:
    """`coding` is what faiss calls the way in which rows are held, which takes `per_row(width)` bytes each. An effort
    is how many cells are looked into."""

    coding: str
    widen: float = 1.0

    def bytes(self, rows: int, width: int) -> int:
        """Codes, row numbers and centres."""
        return rows * (self._code(width) + 8) + cells(rows) * width * 4

    def empty(self, rows: int, width: int) -> Any:
        """See `nearest.kind.Kind`."""
        index = faiss.index_factory(width, f"IVF{cells(rows)},{self._coding(width)}", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = ROUNDS
        index.cp.max_points_per_centroid = SAMPLE
        index.cp.min_points_per_centroid = 1
        if self.coding == "PQ":
            # It would order the codes for a search by Hamming distance, which nobody makes, for minutes.
            index.do_polysemous_training = False
            index.pq.cp.niter, index.pq.cp.max_points_per_centroid = ROUNDS, SAMPLE
            index.pq.cp.min_points_per_centroid = 1
        return index

    def most(self, index: Any) -> int:
        """All cells."""
        return int(index.nlist)

    def asked(self, effort: int, selector: Any | None) -> Any:
        """See `nearest.kind.Kind`."""
        return faiss.SearchParametersIVF(nprobe=effort, sel=selector)

    def _coding(self, width: int) -> str:
        return f"PQ{width // 4}" if self.coding == "PQ" else self.coding

    def _code(self, width: int) -> int:
        return {"Flat": 4 * width, "SQ8": width, "PQ": width // 4}[self.coding]


def cells(rows: int) -> int:
    """Some four times the root of the rows, a power of two."""
    wanted = 1 << max(0, round(2 + (rows.bit_length() - 1) / 2))
    return max(1, min(wanted, CELLS, rows // LEAST))
