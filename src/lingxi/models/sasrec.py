"""What comes next in an order: SASRec (Kang and McAuley 2018) with the full cross-entropy over the catalogue.

With the whole softmax it reaches what later nets claim over its published figures (Klenitskiy and Vasilev 2023).
Attention sees how many places back an act lies instead of where the window begins, and ages where times tell more.
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.attention import Attention
from lingxi.nn.blocks import Block


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md). `wide`: the dense layers', in widths."""

    wide: int = 4


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:
    """Attention by places, and by ages where they are read."""
    return [
        Attention(shape.width, shape.heads, shape.dropout, places=shape.length, times=shape.times, wide=config.wide)
        for _ in range(shape.layers)
    ]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
