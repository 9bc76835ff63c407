"""What comes next, slow tastes and quick turns apart: attention with a frequency branch (BSARec, Shin et al. 2024).

Attention alone smooths: it finds the slow taste and loses the quick turn. A filter beside it keeps the two bands apart.
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.blocks import Block
from lingxi.nn.frequency import Filtered


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md). `filter_share`: of each answer, in [0, 1]."""

    filter_share: float = 0.5


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:
    """Attention, each mixed with a filter."""
    return [
        Filtered(
            shape.width,
            shape.heads,
            shape.dropout,
            length=shape.length,
            times=shape.times,
            filter_share=config.filter_share,
        )
        for _ in range(shape.layers)
    ]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
