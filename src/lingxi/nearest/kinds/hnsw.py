"""A graph of neighbours that a search walks through (Malkov and Yashunin 2016): slow to build, and larger than the
vectors."""

from __future__ import annotations

from typing import Any, Final

import faiss

LINKS: Final = 32
BUILT: Final = 80
"""How far the neighbours of a new row are looked for."""


class Hnsw:
    """An effort is how many rows are kept in view on the way (efSearch)."""

    widen = 1.0

    def bytes(self, rows: int, width: int) -> int:
        """Vectors, and twice the links on the ground floor, some more above."""
        return rows * (4 * width + LINKS * 2 * 4 + LINKS)

    def empty(self, rows: int, width: int) -> Any:  # noqa: ARG002
        """See `nearest.kind.Kind`."""
        index = faiss.IndexHNSWFlat(width, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = BUILT
        return index

    def most(self, index: Any) -> int:
        """All rows."""
        return int(index.ntotal)

    def asked(self, effort: int, selector: Any | None) -> Any:
        """See `nearest.kind.Kind`."""
        return faiss.SearchParametersHNSW(efSearch=effort, sel=selector)


KIND = Hnsw()
