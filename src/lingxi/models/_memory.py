"""What a fit will need of memory, told before it begins."""

from __future__ import annotations

from typing import Final

import psutil

from lingxi.domain.errors import TooLarge

COPIES: Final = {"whole": 11, "sampled": 6}
"""Of the items' table: itself, its moments, the best so far and what an exam makes of it; for the whole softmax its
gradients in each part, and what both products read."""
ACT: Final = 160
"""Bytes an act while moments are made of it."""
PLAIN: Final = 400_000_000
"""Bytes of torch itself and of an exam's scores."""


def check_memory(acts: int, items: int, width: int, *, sampled: bool, available: int | None = None) -> int:
    """The bytes that a fit will need, roughly; `available` is for tests.

    Raises:
        TooLarge: they are more than what the machine has free; the remedy says what would fit.
    """
    a_row = 4 * (width + 1) * COPIES["sampled" if sampled else "whole"]
    need = PLAIN + acts * ACT + items * a_row
    free = psutil.virtual_memory().available if available is None else available
    if need <= free:
        return need
    fit = max(0, (free - PLAIN - acts * ACT) // a_row)
    ways = [f"`most`: {fit:,} items fit"] if fit else [f"fewer acts: {max(0, free - PLAIN) // ACT:,} fit"]
    ways += ["a smaller `width`"] if width > 16 else []
    ways += [] if sampled else ["`negatives`: 4096"]
    raise TooLarge(
        f"a fit of {acts:,} acts on {items:,} items of width {width} needs about {need / 1e9:.1f} GB",
        where=f"{free / 1e9:.1f} GB are free",
        remedy="set " + ", or ".join(ways),
    )
