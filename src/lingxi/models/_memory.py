"""What a fit of a net will need of memory, told before it begins."""

from __future__ import annotations

from typing import Final

from lingxi.ports.model import Need

COPIES: Final = {"whole": 11, "sampled": 6}
"""Of the items' table: itself, its moments, the best so far and what an exam makes of it; for the whole softmax its
gradients in each part, and what both products read."""
ACT: Final = 160
"""Bytes an act while moments are made of it."""
PLAIN: Final = 400_000_000
"""Bytes of torch itself and of an exam's scores."""


def need_of(acts: int, items: int, width: int, *, sampled: bool) -> Need:
    """The bytes that a fit will need, roughly, and which settings would need less."""
    table = items * 4 * (width + 1) * COPIES["sampled" if sampled else "whole"]
    if table < acts * ACT:
        return Need(PLAIN + acts * ACT + table, f"a log of fewer than {acts:,} acts")
    ways = [f"`most` below {items:,}", f"`width` below {width}", *([] if sampled else ["`negatives`: 4096"])]
    return Need(PLAIN + acts * ACT + table, ", or ".join(ways))
