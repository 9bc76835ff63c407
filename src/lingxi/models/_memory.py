"""What a fit of a net will need of memory, told before it begins."""

from __future__ import annotations

from typing import Final

from lingxi.models._gather import BLOCK
from lingxi.ports.model import Need

COPIES: Final = {"whole": 12, "sampled": 7}
"""Of the items' table: itself, its mean, its moments, the best so far and what an exam makes of it; for the whole
softmax its gradients in each part, and what both products read."""
ACT: Final = 180
"""Bytes an act of a block while moments are made of it."""
AIM: Final = 40
"""The same for each kind that is aimed at beside the first."""
LAID: Final = 16
"""Bytes of every act, wherever it lies: what an epoch knows of its windows."""
PLAIN: Final = {"whole": 600_000_000, "sampled": 400_000_000}
"""Bytes of torch itself, with the blocks of the softmax, and of an exam's scores."""


def need_of(acts: int, items: int, width: int, *, sampled: bool, aims: int = 1) -> Need:
    """The bytes that a fit will need, roughly, and which settings would need less. What lies on disk is not counted."""
    softmax = "sampled" if sampled else "whole"
    table, plain = items * 4 * (width + 1) * COPIES[softmax], PLAIN[softmax]
    log = min(acts, BLOCK) * (ACT + AIM * max(aims - 1, 0)) + acts * LAID
    if table < log:
        return Need(plain + log + table, f"a log of fewer than {acts:,} acts")
    ways = [f"`most` below {items:,}", f"`width` below {width}", *([] if sampled else ["`negatives`: 4096"])]
    return Need(plain + log + table, ", or ".join(ways))
