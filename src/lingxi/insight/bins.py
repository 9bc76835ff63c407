"""Bins for the eye: edges, and how each bin is called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

SIZES: Final = (1, 2, 3, 4, 6, 11, 21, 51, 101)
"""Bins of things that are counted: 1, 2, 3, 4–5, 6–10 … 101 and more."""
HISTORIES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
"""Bins of the acts of a shopper."""
CYCLES: Final = (1, 2, 4, 8, 15, 29, 57, 113)
"""Bins of days between two purchases: up to a day, 2–3, 4–7, 8–14 … 113 and more."""
FEWEST: Final = 6
"""So many bins are shown at least."""
PRICES: Final = (1e-9, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


def names_of(starts: Sequence[int]) -> list[str]:
    """How bins of whole numbers are called that begin at `starts`: the last is open."""
    last = f"{starts[-1]}+"
    return [*(f"{low}" if high == low + 1 else f"{low}–{high - 1}" for low, high in pairwise(starts)), last]


def froms_of(starts: Sequence[int]) -> list[str]:
    """The same bins by where they begin: 1, 2, 5 … 1k."""
    return [f"{start // 1000}k" if start >= 1_000 else f"{start}" for start in starts]


def edges_of(starts: Sequence[int]) -> list[float]:
    """The edges of the same bins, for numpy.histogram."""
    return [*map(float, starts), math.inf]


def price_edges() -> list[float]:
    """Bins of prices: nothing, then 1-2-5 steps."""
    return [0.0, *PRICES, math.inf]


def price_names() -> list[str]:
    """How the bins of prices are called: by where they begin; the first is for nothing, the second up to 0.5."""
    return ["0", "0+", *(f"{price / 1000:g}k" if price >= 1_000 else f"{price:g}" for price in PRICES[1:])]


def counts(values: npt.ArrayLike, edges: Sequence[float]) -> list[int]:
    """How many values lie in each bin."""
    found: list[int] = np.histogram(np.asarray(values, np.float64), [*edges])[0].tolist()
    return found


def trimmed(names: Sequence[str], values: Sequence[int]) -> list[tuple[str, int]]:
    """The bins without the empty ones at both ends; enough of those stay that one bin alone can be seen as one."""
    used = [place for place, value in enumerate(values) if value]
    if not used:
        return []
    first, stop = used[0], used[-1] + 1
    stop = min(len(names), max(stop, first + FEWEST))
    first = max(0, min(first, stop - FEWEST))
    return list(zip(names[first:stop], values[first:stop], strict=True))
