"""What comes next: a causal transformer over a shopper's acts with a softmax over the catalogue.

SASRec (Kang and McAuley 2018) for baskets that lie in time: attention sees ages instead of positions, a basket is one
place, and what it learns there is all that the shopper buys within the next days, not one next item.
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.attention import Attention
from lingxi.nn.blocks import Block


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md), with what suits baskets in time."""

    dropout: float = 0.1
    input_dropout: float = 0.1
    length: int = 64
    horizon_days: float = 14.0
    times: bool | None = True
    least: int = 10
    most: int = 100_000
    rate: float = 0.006
    minutes: float = 2.0
    epochs: int = 12
    patience: int = 2


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:  # noqa: ARG001 (the shape says it all)
    """Attention by age."""
    return [
        Attention(shape.width, shape.heads, shape.dropout, places=0, times=shape.times) for _ in range(shape.layers)
    ]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
