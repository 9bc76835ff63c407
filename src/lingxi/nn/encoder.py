"""An encoder: acts in, blocks over them, and at each place the vector of what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lingxi.nn.beginning import small
from lingxi.nn.blocks import Block
from lingxi.nn.dropout import drop
from lingxi.nn.scene import Scene

BUCKETS = 28
"""Powers of two of seconds: 2^27 s are four years."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an encoder reads of acts: `kinds` counts padding (0) and `any` (1) too; `times`: whether it reads how long
    before the next an act was, and how long the asking waited; `dropout` of what was read. `gains`: how strongly an act
    of each kind begins to count, None where all do alike; `words` and `traits`: how many words of queries, and traits
    of shoppers, are known. `cosine`: the length of what comes out, 0 for any."""

    width: int
    kinds: int
    dropout: float
    times: bool = True
    gains: Sequence[float] | None = None
    words: int = 0
    traits: int = 0
    cosine: float = 0.0


def bucket(seconds: Tensor) -> Tensor:
    """int64: 0 below one second, then one bucket a power of two."""
    return torch.log2(seconds.clamp(min=0.0) + 1.0).floor().clamp(max=BUCKETS - 1).long()


def blank(size: int, width: int) -> nn.Embedding:
    """Vectors that say nothing before it was learnt what they say."""
    table = nn.Embedding(size, width)
    nn.init.zeros_(table.weight)
    return table


class Traits(nn.Module):
    """What traits of shoppers add to all that is `read` of theirs, and to the vector that is `asked` with."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.read, self.asked = blank(size, width), blank(size, width)


class Encoder(nn.Module):
    """Acts in, at each place the vector of what comes next.

    It begins as what it reads: acts are normalised, what blocks add to them is small, and the head is the identity. So
    the first thing that is learnt is which items are alike, as neighbours are, and the blocks learn what to make of it.
    """

    def __init__(self, reading: Reading, blocks: Sequence[Block]) -> None:
        super().__init__()
        self.reading = reading
        self.kind = nn.Embedding(reading.kinds, reading.width)
        self.gap = nn.Embedding(BUCKETS, reading.width)
        self.wait = nn.Embedding(BUCKETS, reading.width)
        self.first = nn.LayerNorm(reading.width)
        self.gain = None if reading.gains is None else nn.Parameter(torch.tensor(reading.gains))
        self.blocks = nn.ModuleList(blocks)
        self.last = nn.LayerNorm(reading.width)
        self.head = nn.Linear(reading.width, reading.width)
        self.apply(small)
        nn.init.eye_(self.head.weight)
        # Made last: these begin at zero, not small.
        self.words = blank(reading.words, reading.width) if reading.words else None
        self.traits = Traits(reading.traits, reading.width) if reading.traits else None

    def forward(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> Tensor:
        """`vectors` [b, n, d] of the acts' items, `kind` int64 [b, n], `age` float32 [b, n] in seconds before the end,
        `real` float32 [b, n], 0 on padding (at the left). Returns [b, n, d], before `ask_at`."""
        x, scene = self._read(vectors, kind, age, real)
        for block in self.blocks:
            x = block(x, scene)
        normal: Tensor = self.last(x)
        return normal

    def newest(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> Tensor:
        """The last place of what `forward` returns, [b, d]."""
        x, scene = self._read(vectors, kind, age, real)
        for block in self.blocks[:-1]:
            x = block(x, scene)
        last: Any = self.blocks[-1]
        normal: Tensor = self.last(last.newest(x, scene)[:, 0])
        return normal

    def _read(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> tuple[Tensor, Scene]:
        """What the blocks take; [b, n, d] is 0 on padding."""
        if self.gain is not None:
            vectors = vectors * functional.embedding(kind, self.gain[:, None])
        x = vectors + self.kind(kind)
        if self.reading.times:
            before = torch.cat([age[:, :1], age[:, :-1]], dim=1)
            x = x + self.gap(bucket(before - age))
        return drop(self.first(x) * real[:, :, None], self.reading.dropout, self.training), Scene(age, real)

    def ask_at(self, state: Tensor, wait: Tensor) -> Tensor:
        """The vectors [m, d] of states [m, d] when asked `wait` float32 [m] seconds after their last act."""
        if self.reading.times:
            state = state + self.wait(bucket(wait))
        vector: Tensor = self.head(state)
        return self.reading.cosine * functional.normalize(vector, dim=-1) if self.reading.cosine else vector


class Served(nn.Module):
    """What is exported: the vector of the newest place, asked at the end of the ages."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, vectors: Tensor, kind: Tensor, age: Tensor, real: Tensor) -> Tensor:
        """[b, n, …] as in `Encoder.forward`; returns [b, d]."""
        vector = self.encoder.ask_at(self.encoder.newest(vectors, kind, age, real), age[:, -1])
        # An exported net has the inputs that it uses; a runtime gives every net the same.
        return vector if self.encoder.reading.times else vector + 0.0 * age[:, -1:]
