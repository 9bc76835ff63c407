"""What comes next, by patterns of neighbouring acts: dilated causal convolutions (NextItNet, Yuan et al. 2019).

Fast, and good where what was done just before in a fixed order says most.
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.blocks import Block
from lingxi.nn.convolution import Dilated


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md). `taps`: places that one convolution sees."""

    layers: int | None = 3
    taps: int = 3


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:
    """Blocks of two convolutions, each block's four times as far apart as the last one's."""
    return [Dilated(shape.width, config.taps, 4**layer, shape.dropout) for layer in range(shape.layers)]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
