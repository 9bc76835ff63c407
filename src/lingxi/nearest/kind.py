"""What a kind of index must offer."""

from __future__ import annotations

from typing import Any, Protocol

import faiss

# A request is answered by one thread; whoever builds asks for more.
faiss.omp_set_num_threads(1)


class Kind(Protocol):
    """A kind of faiss index over vectors that are compared by their inner product.

    `widen`: how many times as many rows as are wanted it is asked for, because what it holds is rounded; the exact
    products then put them in order.
    """

    @property
    def widen(self) -> float: ...

    def bytes(self, rows: int, width: int) -> int:
        """What the index takes, about."""
        ...

    def empty(self, rows: int, width: int) -> Any:
        """An index that is neither trained nor filled, made for so many rows."""
        ...

    def most(self, index: Any) -> int:
        """The greatest effort that a search may take: more finds nothing more."""
        ...

    def asked(self, effort: int, selector: Any | None) -> Any:
        """The parameters of one search, among the rows that a faiss selector lets through."""
        ...
