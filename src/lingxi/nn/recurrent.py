"""Recurrent blocks: a gated unit that padding leaves untouched, and attention from its newest state."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from lingxi.nn.blocks import Block
from lingxi.nn.dropout import drop
from lingxi.nn.scene import Scene

HOLD = 40.0
"""What padding adds to the gate that keeps the state: e^−40 of it is lost."""


class Recurrent(Block):
    """A GRU (Cho et al. 2014) beside what each place had; the state begins at 0 and padding, at the left, keeps it."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.before = nn.LayerNorm(width)
        # One more input says that a place is padding. Its weights are set below, and hardly ever get a gradient.
        self.unit = nn.GRU(width + 1, width, batch_first=True)
        self.answer = nn.Linear(width, width)
        told: Any = self.unit.weight_ih_l0
        with torch.no_grad():
            told[:, -1] = 0.0
            told[width : 2 * width, -1] = HOLD

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        real = scene.real[:, :, None]
        state, _ = self.unit(torch.cat([self.before(x) * real, 1.0 - real], dim=-1))
        return x + drop(self.answer(state), self.dropout, self.training)


class Recall(Block):
    """What a session was about, as its newest state sees it: NARM's attention (Li et al. 2017), which is not
    normalised, so that a session in which more points one way says it louder."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.dropout, self.scale = dropout, width**-0.5
        self.before = nn.LayerNorm(width)
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.both = nn.Linear(2 * width, width)

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        state = self.before(x)
        alike = torch.sigmoid(self.query(state) @ self.key(state).transpose(1, 2) * self.scale) * scene.visible
        main = alike @ state
        return x + drop(self.both(torch.cat([main, state], dim=-1)), self.dropout, self.training)
