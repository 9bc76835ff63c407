"""What an item is: a vector of its own on top of its category's, the same as an input and as a target."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional


class ItemTable(nn.Module):
    """`counts` int64[v] of each item's events start its bias; `category` int32[v] may be −1 (none)."""

    category: Tensor

    def __init__(
        self, counts: npt.NDArray[np.int64], category: npt.NDArray[np.int32], categories: int, width: int
    ) -> None:
        super().__init__()
        self.own = nn.Embedding(len(counts), width)
        self.shared = nn.Embedding(categories + 1, width)
        self.unknown = nn.Parameter(torch.zeros(width))
        nn.init.normal_(self.own.weight, std=width**-0.5 / 2)
        nn.init.normal_(self.shared.weight, std=width**-0.5 / 2)
        share = (counts + 1.0) / (counts.sum() + len(counts))
        self.bias = nn.Parameter(torch.from_numpy(np.log(share)).float())
        known = np.where(category >= 0, category, categories).astype(np.int64)
        self.register_buffer("category", torch.from_numpy(known))

    def table(self, own: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        """All vectors [v, d]; or those of `rows` int64[u], of which `own` [u, d] is their own part."""
        own = self.own.weight if own is None else own
        # Without categories all items would share one vector, which says nothing.
        if len(self.shared.weight) == 1:
            return own
        return own + functional.embedding(self.category if rows is None else self.category[rows], self.shared.weight)

    def with_unknown(self, own: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        """The same and, in the last row, the vector of an item that is not known: [v + 1, d]."""
        return torch.cat([self.table(own, rows), self.unknown[None]])
