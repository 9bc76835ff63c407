"""What comes next, by strength: HSTU (Zhai et al. 2024), pointwise gated attention that knows order and time.

Where how often something was done matters as much as what was done last; cheaper a layer than a transformer, for its
gates take the place of dense layers.
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.blocks import Block
from lingxi.nn.hstu import Gated


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md)."""


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:  # noqa: ARG001 (the shape says it all)
    """Layers of gated attention."""
    return [
        Gated(shape.width, shape.heads, shape.dropout, length=shape.length, times=shape.times)
        for _ in range(shape.layers)
    ]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
