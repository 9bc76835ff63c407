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

    def table(self) -> Tensor:
        """All vectors [v, d]."""
        own = self.own.weight
        # Without categories all items would share one vector, which says nothing.
        return own + functional.embedding(self.category, self.shared.weight) if len(self.shared.weight) > 1 else own

    def with_unknown(self) -> Tensor:
        """All vectors and, in the last row, that of an item which is not known: [v + 1, d]."""
        return torch.cat([self.table(), self.unknown[None]])
