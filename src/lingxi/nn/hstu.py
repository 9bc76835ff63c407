"""Pointwise gated attention: HSTU (Zhai et al. 2024).

No softmax: what a place finds keeps its strength, so that how often something was done is not lost; a gate per channel
takes the place of dense layers. Order and time are biases of the attention, as there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from lingxi.nn.attention import Nearness
from lingxi.nn.blocks import Block
from lingxi.nn.dropout import drop
from lingxi.nn.scene import Scene


class Gated(Block):
    """One layer of HSTU; sums are divided by `length`, which is the same for windows of any size."""

    def __init__(self, width: int, heads: int, dropout: float, *, length: int, times: bool) -> None:
        super().__init__()
        self.heads, self.dropout, self.length = heads, dropout, length
        self.before = nn.LayerNorm(width)
        self.all = nn.Linear(width, 4 * width)
        self.near = Nearness(heads, length, times)
        self.between = nn.LayerNorm(width)
        self.answer = nn.Linear(width, width)

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        b, n, d = x.shape
        gate, *parts = torch.chunk(functional.silu(self.all(self.before(x))), 4, dim=-1)
        query, key, value = (part.reshape(b, n, self.heads, d // self.heads).transpose(1, 2) for part in parts)
        logits = query @ key.transpose(-1, -2)
        near = self.near(scene, False)
        if near is not None:
            logits = logits + near
        strength = functional.silu(logits) * scene.visible[:, None] / self.length
        found = (strength @ value).transpose(1, 2).reshape(b, n, d)
        mixed = self.answer(drop(self.between(found) * gate, self.dropout, self.training))
        return torch.add(x, mixed)
