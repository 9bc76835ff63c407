"""What a session is about: a recurrent net and attention from its newest state (NARM, Li et al. 2017).

For anonymous sessions, in which the newest click and the session's purpose say two things.
"""

from __future__ import annotations

from lingxi.models._learner import Learner
from lingxi.models._settings import NET_SPACE, Settings, Shape
from lingxi.nn.blocks import Block
from lingxi.nn.recurrent import Recall, Recurrent


class Config(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of every net over sequences (docs/models.md)."""

    layers: int | None = 1


SPACE = NET_SPACE


def blocks(config: Config, shape: Shape) -> list[Block]:  # noqa: ARG001 (the shape says it all)
    """Recurrent layers, then attention over all of their states."""
    return [*(Recurrent(shape.width, shape.dropout) for _ in range(shape.layers)), Recall(shape.width, shape.dropout)]


def build(config: Config, seed: int) -> Learner:
    """An unfitted model."""
    return Learner(config, seed, blocks)
