"""What comes next, remembered step by step: GRU4Rec (Hidasi et al. 2016) with the softmax over the whole catalogue.

For short sessions. With this loss it is far above its first figures (Hidasi and Czapp 2023).
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.blocks import Block
from lingxi.nn.recurrent import Recurrent


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md)."""

    layers: int | None = 1


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:  # noqa: ARG001 (the shape says it all)
    """Recurrent layers."""
    return [Recurrent(shape.width, shape.dropout) for _ in range(shape.layers)]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
