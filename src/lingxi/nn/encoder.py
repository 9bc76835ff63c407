"""A causal transformer over acts that lie in time: attention knows how old each is, and no positions.

Attention as in Vaswani et al. 2017 with pre-normalisation; each head adds a learned bias by how long before the query
an act was (as TiSASRec does, Li et al. 2020; a few smooth functions of the age instead of buckets, for the gradient of
a bucket's number costs more than all of the attention).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

BUCKETS = 28
"""Powers of two of seconds: 2^27 s are four years."""
AGES = 5
WEEK, QUARTER = 7 * 86_400.0, 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a net: `kinds` counts padding (0) and `any` (1) too."""

    width: int
    layers: int
    heads: int
    kinds: int
    dropout: float


def bucket(seconds: Tensor) -> Tensor:
    """int64: 0 below one second, then one bucket a power of two."""
    return torch.log2(seconds.clamp(min=0.0) + 1.0).floor().clamp(max=BUCKETS - 1).long()


def look(seconds: Tensor) -> Tensor:
    """What heads see of an age [...]: its logarithm and the square of it, whether it is the same moment, and how much
    of a week and of a quarter is left: [..., AGES]."""
    old = seconds.clamp(min=0.0)
    log = torch.log1p(old) / 16.0
    return torch.stack(
        [log, log * log, (old < 1.0).to(old.dtype), torch.exp(old / -WEEK), torch.exp(old / -QUARTER)], dim=-1
    )


class Block(nn.Module):
    """Attention to what was, then two dense layers at each place."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.heads, self.dropout = shape.heads, shape.dropout
        self.before_attention = nn.LayerNorm(width)
        self.before_dense = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)
        self.age = nn.Linear(AGES, shape.heads, bias=False)
        nn.init.zeros_(self.age.weight)

    def forward(self, x: Tensor, ages: Tensor, mask: Tensor) -> Tensor:
        """`x` [b, n, d]; `ages` [b, n, n, AGES], what each key's age is at each query; `mask` [b, 1, n, n] is 0 where a
        query may look and very negative where not. Returns [b, n, d]."""
        x = x + functional.dropout(self._attend(self.before_attention(x), ages, mask), self.dropout, self.training)
        return self._dense(x)

    def newest(self, x: Tensor, ages: Tensor, mask: Tensor) -> Tensor:
        """The last place alone of what `forward` returns, [b, 1, d]: in the last block nobody looks at the others."""
        b, n, d = x.shape
        normal = self.before_attention(x)
        ask, seen = torch.split(self.ask.weight, [d, 2 * d])
        ask_bias, seen_bias = torch.split(self.ask.bias, [d, 2 * d])
        query = functional.linear(normal[:, -1:], ask, ask_bias).reshape(b, 1, self.heads, d // self.heads)
        parts = functional.linear(normal, seen, seen_bias).reshape(b, n, 2, self.heads, d // self.heads)
        key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = self._mix(query.transpose(1, 2), key, value, ages[:, -1:], mask[:, :, -1:])
        return self._dense(x[:, -1:] + mixed)

    def _dense(self, x: Tensor) -> Tensor:
        dense = self.narrow(functional.gelu(self.wide(self.before_dense(x)), approximate="tanh"))
        return x + functional.dropout(dense, self.dropout, self.training)

    def _attend(self, x: Tensor, ages: Tensor, mask: Tensor) -> Tensor:
        b, n, d = x.shape
        parts = self.ask(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts[0], parts[1], parts[2]  # [b, h, n, d / h] each
        return self._mix(query, key, value, ages, mask)

    def _mix(self, query: Tensor, key: Tensor, value: Tensor, ages: Tensor, mask: Tensor) -> Tensor:
        """`query` [b, h, q, d / h], `key` and `value` [b, h, n, d / h], `ages` [b, q, n, AGES]: [b, q, d]."""
        b, heads, q, width = query.shape
        bias = self.age(ages).permute(0, 3, 1, 2) + mask  # [b, h, q, n]
        logits = query @ key.transpose(-1, -2) * width**-0.5 + bias.to(query.dtype)
        mixed = torch.softmax(logits, dim=-1) @ value
        answer: Tensor = self.answer(mixed.transpose(1, 2).reshape(b, q, heads * width))
        return answer


class Encoder(nn.Module):
    """Acts in, at each place the vector of what comes next."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.kind = nn.Embedding(shape.kinds, shape.width)
        self.gap = nn.Embedding(BUCKETS, shape.width)
        self.wait = nn.Embedding(BUCKETS, shape.width)
        for table in (self.kind, self.gap, self.wait):
            nn.init.normal_(table.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.last = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, shape.width)

    def forward(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> Tensor:
        """`vectors` [b, n, d] of the acts' items, `kind` int64 [b, n], `age` float32 [b, n] in seconds before the end,
        `real` float32 [b, n], 0 on padding (at the left). Returns [b, n, d], before `ask_at`."""
        x, ages, mask = self._read(vectors, kind, age, real)
        for block in self.blocks:
            x = block(x, ages, mask)
        normal: Tensor = self.last(x)
        return normal

    def newest(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> Tensor:
        """The last place of what `forward` returns, [b, d]."""
        x, ages, mask = self._read(vectors, kind, age, real)
        for block in self.blocks[:-1]:
            x = block(x, ages, mask)
        last: Any = self.blocks[-1]
        normal: Tensor = self.last(last.newest(x, ages, mask)[:, 0])
        return normal

    def _read(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the blocks take: [b, n, d], the ages [b, n, n, AGES], the mask [b, 1, n, n]."""
        n = kind.shape[1]
        before = torch.cat([age[:, :1], age[:, :-1]], dim=1)
        x = vectors + self.kind(kind) + self.gap(bucket(before - age))
        x = functional.dropout(x, self.shape.dropout, self.training)
        place = torch.arange(n, device=kind.device)
        later = (place[None, :] > place[:, None]).to(age.dtype)  # [query, key]
        mask = -1e9 * torch.maximum(later[None], 1.0 - real[:, None, :])
        return x, look(age[:, None, :] - age[:, :, None]), mask[:, None]

    def ask_at(self, state: Tensor, wait: Tensor) -> Tensor:
        """The vectors [m, d] of states [m, d] when asked `wait` float32 [m] seconds after their last act."""
        vector: Tensor = self.head(state + self.wait(bucket(wait)))
        return vector


class Served(nn.Module):
    """What is exported: the vector of the newest place, asked at the end of the ages."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> Tensor:
        """[b, n, …] as in `Encoder.forward`; returns [b, d]."""
        return self.encoder.ask_at(self.encoder.newest(vectors, kind, age, real), age[:, -1])
