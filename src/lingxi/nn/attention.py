"""Attention to what was: pre-normalised as in Vaswani et al. 2017, with what it knows of order and time as a bias.

Each head adds a learned number for how many places before the query an act was, for how long before, or for both. Time
as in TiSASRec (Li et al. 2020), by a few smooth functions of the age instead of buckets, for the gradient of a bucket's
number costs more than all of the attention.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lingxi.nn.blocks import Block, Dense
from lingxi.nn.dropout import drop
from lingxi.nn.scene import AGES, Scene


class Nearness(nn.Module):
    """What each head adds for how far a key is: `places` distances are told apart (0: order is not looked at), and
    ages if `times`."""

    def __init__(self, heads: int, places: int, times: bool) -> None:
        super().__init__()
        self.places = places
        self.far = nn.Parameter(torch.zeros(heads, places)) if places else None
        self.age = nn.Linear(AGES, heads, bias=False) if times else None

    def forward(self, scene: Scene, last: bool) -> Tensor | None:
        """[1 or b, h, q, n] for all queries or the `last`; None where nothing is looked at."""
        queries = slice(-1, None) if last else slice(None)
        bias = None
        if self.far is not None:
            bias = self.far[:, scene.distance[queries].clamp(0, self.places - 1)][None]
        if self.age is not None:
            aged: Tensor = self.age(scene.ages[:, queries]).permute(0, 3, 1, 2)
            bias = aged if bias is None else bias + aged
        return bias


class Attention(Block):
    """Attention to what was, then two dense layers at each place."""

    def __init__(self, width: int, heads: int, dropout: float, *, places: int, times: bool, wide: int = 4) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.before = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)
        self.near = Nearness(heads, places, times)
        self.dense = Dense(width, wide, dropout)

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        b, n, d = x.shape
        parts = self.ask(self.before(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        mixed = self._mix(parts[0], parts[1], parts[2], scene, last=False)
        out: Tensor = self.dense(x + drop(mixed, self.dropout, self.training))
        return out

    def newest(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, 1, d]: in the last block nobody looks at the other places."""
        b, n, d = x.shape
        normal = self.before(x)
        ask, seen = torch.split(self.ask.weight, [d, 2 * d])
        ask_bias, seen_bias = torch.split(self.ask.bias, [d, 2 * d])
        query = nn.functional.linear(normal[:, -1:], ask, ask_bias).reshape(b, 1, self.heads, d // self.heads)
        parts = nn.functional.linear(normal, seen, seen_bias).reshape(b, n, 2, self.heads, d // self.heads)
        key, value = parts.permute(2, 0, 3, 1, 4)
        out: Tensor = self.dense(x[:, -1:] + self._mix(query.transpose(1, 2), key, value, scene, last=True))
        return out

    def _mix(self, query: Tensor, key: Tensor, value: Tensor, scene: Scene, *, last: bool) -> Tensor:
        """`query` [b, h, q, d / h], `key` and `value` [b, h, n, d / h]: [b, q, d]."""
        b, heads, q, width = query.shape
        bias = scene.mask[:, :, -1:] if last else scene.mask
        near = self.near(scene, last)
        if near is not None:
            bias = near + bias
        logits = query @ key.transpose(-1, -2) * width**-0.5 + bias
        mixed = torch.softmax(logits, dim=-1) @ value
        answer: Tensor = self.answer(mixed.transpose(1, 2).reshape(b, q, heads * width))
        return answer
