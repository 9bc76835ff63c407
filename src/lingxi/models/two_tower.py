"""A shopper's tower over a pooled history, an item's tower of vectors: deep retrieval (Covington et al. 2016).

The cheapest net to train and to serve; order matters to it only as far as what is old fades.
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.blocks import Block
from lingxi.nn.pooling import Pooled


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md). `speeds`: of forgetting, at which the history is
    pooled."""

    layers: int | None = 1
    speeds: int = 3


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:
    """The pooled history, and again what came out."""
    return [Pooled(shape.width, config.speeds, shape.length, shape.dropout) for _ in range(shape.layers)]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
