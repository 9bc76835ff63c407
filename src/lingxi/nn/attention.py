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
    """Attention to what was, then two dense layers at each place.

    Sizes are its own and not those of what comes in, and what is done at each place is done to one long list of places:
    an exported net then works out no shape anew in every answer, and adds a bias while it multiplies.
    """

    def __init__(self, width: int, heads: int, dropout: float, *, places: int, times: bool, wide: int = 4) -> None:
        super().__init__()
        self.width, self.heads, self.dropout = width, heads, dropout
        self.before = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)
        self.near = Nearness(heads, places, times)
        self.dense = Dense(width, wide, dropout)

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        mixed = self.attended(self.before(x), scene)
        out: Tensor = self.dense(x.reshape(-1, self.width) + drop(mixed, self.dropout, self.training))
        return out.view_as(x)

    def attended(self, normal: Tensor, scene: Scene) -> Tensor:
        """What each place takes from those that were, [b · n, d], of normalised ones [b, n, d]."""
        asked = self.ask(normal.reshape(-1, self.width))
        parts = asked.reshape(-1, normal.shape[1], 3, self.heads, self.width // self.heads).permute(2, 0, 3, 1, 4)
        return self._mix(parts[0], parts[1], parts[2], scene, last=False)

    def newest(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, 1, d]: in the last block nobody looks at the other places."""
        normal, heads, each = self.before(x), self.heads, self.width // self.heads
        sizes = [self.width, 2 * self.width]
        (ask, seen), (ask_bias, seen_bias) = torch.split(self.ask.weight, sizes), torch.split(self.ask.bias, sizes)
        query = nn.functional.linear(normal[:, -1], ask, ask_bias).reshape(-1, heads, 1, each)
        parts = nn.functional.linear(normal.reshape(-1, self.width), seen, seen_bias)
        key, value = parts.reshape(-1, x.shape[1], 2, heads, each).permute(2, 0, 3, 1, 4)
        out: Tensor = self.dense(x[:, -1] + self._mix(query, key, value, scene, last=True))
        return out[:, None]

    def _mix(self, query: Tensor, key: Tensor, value: Tensor, scene: Scene, *, last: bool) -> Tensor:
        """`query` [b, h, q, d / h], `key` and `value` [b, h, n, d / h]: [b · q, d]."""
        bias = scene.mask[:, :, -1:] if last else scene.mask
        near = self.near(scene, last)
        if near is not None:
            bias = near + bias
        logits = query @ key.transpose(-1, -2) * (self.width // self.heads) ** -0.5 + bias
        mixed = torch.softmax(logits, dim=-1) @ value
        answer: Tensor = self.answer(mixed.transpose(1, 2).reshape(-1, self.width))
        return answer
