"""A history pooled at several speeds of forgetting, and dense layers over what came out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from lingxi.nn.blocks import Block
from lingxi.nn.dropout import drop
from lingxi.nn.scene import Scene
from lingxi.nn.smoothing import Smoothing


class Pooled(Block):
    """The newest act and fading means of all acts, side by side through two dense layers."""

    def __init__(self, width: int, speeds: int, length: int, dropout: float, wide: int = 4) -> None:
        super().__init__()
        self.dropout = dropout
        self.means = Smoothing(speeds, length)
        self.before = nn.LayerNorm(width * (speeds + 1))
        self.wide = nn.Linear(width * (speeds + 1), wide * width)
        self.narrow = nn.Linear(wide * width, width)

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        b, n, d = x.shape
        means = (self.means.weights(scene) @ x[:, None]).transpose(1, 2).reshape(b, n, -1)
        seen = self.before(torch.cat([x, means], dim=-1))
        dense = self.narrow(functional.gelu(self.wide(seen), approximate="tanh"))
        # What is added is what the means say: a straight way for the sum of them trains faster than none.
        return means.reshape(b, n, -1, d).mean(dim=2) + drop(dense, self.dropout, self.training)
