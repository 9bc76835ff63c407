"""Dilated causal convolutions: a place sees a few places before it, each block twice as far apart as the last."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from lingxi.nn.blocks import Block
from lingxi.nn.dropout import drop
from lingxi.nn.scene import Scene


class Causal(nn.Module):
    """A convolution over `taps` places that lie `apart`, the last of them the place itself; as one matrix product."""

    def __init__(self, width: int, taps: int, apart: int) -> None:
        super().__init__()
        self.taps, self.apart = taps, apart
        self.mix = nn.Linear(taps * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[b, n, d], 0 on padding → [b, n, d]."""
        n = x.shape[1]
        moved = [functional.pad(x, (0, 0, back * self.apart, 0))[:, :n] for back in range(self.taps)]
        out: Tensor = self.mix(torch.cat(moved, dim=-1))
        return out


class Dilated(Block):
    """The residual block of NextItNet (Yuan et al. 2019): two convolutions, the second twice as far apart."""

    def __init__(self, width: int, taps: int, apart: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.first, self.second = Causal(width, taps, apart), Causal(width, taps, 2 * apart)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        real = scene.real[:, :, None]
        near = self.first(torch.relu(self.before(x)) * real)
        far = self.second(torch.relu(self.between(near)) * real)
        return x + drop(far, self.dropout, self.training)
