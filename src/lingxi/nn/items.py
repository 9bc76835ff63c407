"""What an item is: a vector of its own on top of what it shares with others, the same as an input and as a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from lingxi.domain.history import Floats, Longs
from lingxi.nn.beginning import SMALL

Rows = Tensor | slice
"""int64[u] rows, or a span of them."""
LEAST: Final = 0.1
"""The share of items that counts as met least."""

BLOCK = 65_536
"""Rows that are put together at once."""


class Shared(nn.Module):
    """A vector for each of `size` values of something that items have; `value` int64[v] may be −1 (none)."""

    value: Tensor

    def __init__(self, value: npt.NDArray[np.integer], size: int, width: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(size + 1, width)
        nn.init.normal_(self.vectors.weight, std=SMALL)
        nn.init.zeros_(self.vectors.weight[size])
        self.register_buffer("value", torch.from_numpy(np.where(value >= 0, value, size).astype(np.int64)))

    def forward(self, rows: Rows) -> Tensor:
        """[u, d]."""
        return functional.embedding(self.value[rows], self.vectors.weight)


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

    def forward(self, rows: Rows) -> Tensor:
        """[u, d]; 0 for an item without words."""
        if isinstance(rows, slice):
            bounds = self.first[rows.start or 0 : rows.stop + 1]
            word, first = self.word[bounds[0] : bounds[-1]], bounds[:-1] - bounds[0]
        else:
            begin, count = self.first[rows], self.first[rows + 1] - self.first[rows]
            first = torch.cumsum(count, 0) - count
            word = self.word[torch.arange(int(count.sum())) + torch.repeat_interleave(begin - first, count)]
        return functional.embedding_bag(word, self.vectors.weight, first, mode="mean")


class Meaning(nn.Module):
    """What an item's text means: `fixed` float32[v, w] through a layer that is learnt; 0 for an item without a text."""

    fixed: Tensor

    def __init__(self, fixed: Floats, width: int) -> None:
        super().__init__()
        self.vectors = nn.Linear(fixed.shape[1], width, bias=False)
        nn.init.normal_(self.vectors.weight, std=width**-0.5 / 2)
        # It follows from the catalogue: a note of every epoch need not hold it.
        self.register_buffer("fixed", torch.from_numpy(fixed), persistent=False)

    def forward(self, rows: Rows) -> Tensor:
        """[u, d]."""
        found: Tensor = self.vectors(self.fixed[rows])
        return found


class ItemTable(nn.Module):
    """`counts` int64[v] of each item's events start its bias; `parts` are added to its own vector. What they know of
    beyond the v is `new`: items that were not met and have no vector of their own.

    `alone` is the share of items that a step of training takes for new, so that the parts learn to tell an item
    without its own vector (DropoutNet, Volkovs et al. 2017). `of_one`: vectors have length one, so that no item is
    nearer to everything for being met often (NISER, Gupta et al. 2019).
    """

    def __init__(
        self, counts: Longs, parts: Sequence[nn.Module], width: int, alone: float = 0.0, *, of_one: bool = False
    ) -> None:
        super().__init__()
        self.of_one = of_one
        self.own = nn.Embedding(len(counts), width)
        self.parts = nn.ModuleList(parts)
        self.unknown = nn.Parameter(torch.zeros(width))
        self.alone = alone
        nn.init.normal_(self.own.weight, std=SMALL)
        share = (counts + 1.0) / (counts.sum() + len(counts))
        self.bias = nn.Parameter(torch.from_numpy(np.log(share)).float())
        self.least = torch.from_numpy(np.flatnonzero(counts <= np.quantile(counts, LEAST)))

    @property
    def meaning(self) -> Meaning | None:
        """The part that reads texts."""
        return next((part for part in self.parts if isinstance(part, Meaning)), None)

    def table(self, own: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        """All vectors [v, d]; or those of `rows` int64[u], of which `own` [u, d] is their own part."""
        vectors = self.own.weight if own is None else own
        if self.training and self.alone:
            vectors = vectors * (torch.rand(len(vectors), 1) >= self.alone)
        for part in self.parts:
            vectors = vectors + part(slice(len(self.bias)) if rows is None else rows)
        return self._sized(vectors)

    def with_unknown(self, own: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        """The same and, in the last row, the vector of an item that is not known: [v + 1, d]."""
        if own is None and not torch.is_grad_enabled():
            return self._filled()
        return torch.cat([self.table(own, rows), self.unknown[None]])

    def served(self, new: int) -> tuple[Tensor, Tensor]:
        """What answers: vectors [v + new + 1, d], the last that of an item that is not known, and biases [v + new].

        An item that was not met has the bias of those that were met least: nothing tells how often it will be.
        """
        known, rows = self.with_unknown(), slice(len(self.bias), len(self.bias) + new)
        vectors = torch.zeros(new, known.shape[1])
        for part in self.parts:
            vectors = vectors + part(rows)
        vectors = self._sized(vectors)
        bias = self.bias[self.least].mean().expand(new)
        return torch.cat([known[:-1], vectors, known[-1:]]), torch.cat([self.bias, bias])

    def _sized(self, vectors: Tensor) -> Tensor:
        return functional.normalize(vectors, dim=-1) if self.of_one else vectors

    def _filled(self) -> Tensor:
        """The whole without gradients, and without a second copy of a large table on the way."""
        own = self.own.weight
        whole = own.new_empty(len(own) + 1, own.shape[1])
        for start in range(0, len(own), BLOCK):
            rows = torch.arange(start, min(start + BLOCK, len(own)))
            whole[rows[0] : rows[-1] + 1] = self.table(own[rows[0] : rows[-1] + 1], rows)
        whole[-1] = self.unknown
        return whole
