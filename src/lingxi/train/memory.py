"""Whether a fit has room: what the model expects to take, against what the machine, or its container, has left."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psutil

from lingxi.domain.errors import TooLarge
from lingxi.domain.history import Goods, Interactions
from lingxi.ports.model import Estimating, Model, Need

CGROUP: Final = Path("/sys/fs/cgroup")
BESIDE: Final = 400_000_000
"""Bytes of the libraries that a training loads, for models that do not say what they need."""
COPIES: Final = 8
"""How often such a model is taken to hold the past."""


def check_memory(name: str, model: Model, past: Interactions, goods: Goods) -> None:
    """Refuses a fit that would not have room.

    Raises:
        TooLarge: it says how much is needed and how much there is; the remedy, what would take less.
    """
    need, there = need_of(model, past, goods), free()
    if need.bytes > there:
        raise TooLarge(
            f"a fit of model '{name}' needs about {need.bytes / 1e9:,.1f} GB and {there / 1e9:,.1f} GB are free "
            f"({len(past):,} events, {len(goods):,} items)",
            where="train",
            remedy=f"end other programs, take a larger machine, or what would take less: {need.remedy}",
        )


def need_of(model: Model, past: Interactions, goods: Goods) -> Need:
    """What the model expects to take; a rule of thumb for one that does not say."""
    if isinstance(model, Estimating):
        return model.need(past, goods)
    rows = len(past) * (3 * 8 + 3 * 4 + 4 + 2)
    return Need(BESIDE + COPIES * rows + len(goods) * 4096, "a shorter log, or fewer items known")


def free() -> int:
    """Bytes that this process may still take: of the machine, and of its container if that has a limit."""
    there = int(psutil.virtual_memory().available)
    try:
        limit = (CGROUP / "memory.max").read_text().strip()
        used = int((CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return there
    return there if limit == "max" else max(0, min(there, int(limit) - used))
