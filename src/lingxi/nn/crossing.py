"""Crossed inputs: layers that multiply what is there with what it was made of."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn


class Crossing(nn.Module):
    """A layer of DCN-V2 (Wang et al. 2021, "DCN V2", eq. 1): x ↦ x₀ ⊙ (W x + b) + x, all [n, width]; every layer adds
    one degree to the products of inputs that can be said."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(width, width)

    def forward(self, first: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
        """[n, width]; `first` is what the layers began with."""
        crossed: torch.Tensor = first * self.weigh(now) + now
        return crossed


class Crossed(nn.Module):
    """`inputs` [n, width] → [n, out]: crossing layers beside a plain net, both read by one last layer (DCN-V2's
    parallel form). The last layer begins at 0: untrained it says nothing."""

    def __init__(self, width: int, out: int, layers: int, hidden: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.crossings = nn.ModuleList([Crossing(width) for _ in range(layers)])
        sizes = (width, *hidden)
        self.plain = nn.Sequential(
            *(
                part
                for left, right in pairwise(sizes)
                for part in (nn.Linear(left, right), nn.ReLU(), nn.Dropout(dropout))
            )
        )
        self.last = nn.Linear(width + sizes[-1], out)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """[n, out]."""
        crossed = inputs
        for layer in self.crossings:
            crossed = layer(inputs, crossed)
        answer: torch.Tensor = self.last(torch.cat([crossed, self.plain(inputs)], dim=1))
        return answer
