"""What an item is: a vector of its own on top of what it shares with others, the same as an input and as a target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from lingxi.domain.history import Longs

BLOCK = 65_536
"""Rows that are put together at once."""


class Shared(nn.Module):
    """A vector for each of `size` values of something that items have; `value` int64[v] may be −1 (none)."""

    value: Tensor

    def __init__(self, value: npt.NDArray[np.integer], size: int, width: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(size + 1, width)
        nn.init.normal_(self.vectors.weight, std=width**-0.5 / 2)
        self.register_buffer("value", torch.from_numpy(np.where(value >= 0, value, size).astype(np.int64)))

    def forward(self, rows: Tensor | None) -> Tensor:
        """[u, d] of `rows` int64[u], None for all."""
        return functional.embedding(self.value if rows is None else self.value[rows], self.vectors.weight)


class Words(nn.Module):
    """The mean of the vectors of an item's words: item i has `word[first[i] : first[i + 1]]`, of a vocabulary of
    `size`. They begin at 0, so that a word says nothing before it was learnt what it says."""

    word: Tensor
    first: Tensor

    def __init__(self, word: Longs, first: Longs, size: int, width: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(size, width)
        nn.init.zeros_(self.vectors.weight)
        self.register_buffer("word", torch.from_numpy(word))
        self.register_buffer("first", torch.from_numpy(first))

    def forward(self, rows: Tensor | None) -> Tensor:
        """[u, d] of `rows` int64[u], None for all; 0 for an item without words."""
        word, first = self.word, self.first[:-1]
        if rows is not None:
            begin, count = self.first[rows], self.first[rows + 1] - self.first[rows]
            first = torch.cumsum(count, 0) - count
            word = self.word[torch.arange(int(count.sum())) + torch.repeat_interleave(begin - first, count)]
        return functional.embedding_bag(word, self.vectors.weight, first, mode="mean")


class ItemTable(nn.Module):
    """`counts` int64[v] of each item's events start its bias; `parts` are added to its own vector."""

    def __init__(self, counts: Longs, parts: Sequence[nn.Module], width: int) -> None:
        super().__init__()
        self.own = nn.Embedding(len(counts), width)
        self.parts = nn.ModuleList(parts)
        self.unknown = nn.Parameter(torch.zeros(width))
        nn.init.normal_(self.own.weight, std=width**-0.5 / 2)
        share = (counts + 1.0) / (counts.sum() + len(counts))
        self.bias = nn.Parameter(torch.from_numpy(np.log(share)).float())

    def table(self, own: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        """All vectors [v, d]; or those of `rows` int64[u], of which `own` [u, d] is their own part."""
        vectors = self.own.weight if own is None else own
        for part in self.parts:
            vectors = vectors + part(rows)
        return vectors

    def with_unknown(self, own: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        """The same and, in the last row, the vector of an item that is not known: [v + 1, d]."""
        if own is None and not torch.is_grad_enabled():
            return self._filled()
        return torch.cat([self.table(own, rows), self.unknown[None]])

    def _filled(self) -> Tensor:
        """The whole without gradients, and without a second copy of a large table on the way."""
        own = self.own.weight
        whole = own.new_empty(len(own) + 1, own.shape[1])
        for start in range(0, len(own), BLOCK):
            rows = torch.arange(start, min(start + BLOCK, len(own)))
            whole[rows[0] : rows[-1] + 1] = self.table(own[rows[0] : rows[-1] + 1], rows)
        whole[-1] = self.unknown
        return whole
