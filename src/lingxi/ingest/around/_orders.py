"""Whether all lines of an order lie off their items' usual prices by one factor."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.features._compiled import unlocked
from lingxi.ingest.around._rows import Doubles, Longs, end_of, row_of

ORDERS: Final = 1 << 13
"""Orders that are known, those that were met last."""
LINES: Final = 16
"""Lines that are known of each, of different items."""
COMPARED: Final = 64
NEAR: Final = 0.006
"""Factors are equal within this (their logarithms), and what half a cent makes of a price."""
CENT: Final = 0.006


class Orders:
    """How far the lines of the newest orders lie off what is usual."""

    def __init__(self) -> None:
        self._rows = (np.zeros(ORDERS, np.int64), np.zeros(ORDERS, np.int64))
        self._off = (np.zeros((ORDERS, LINES)), np.zeros((ORDERS, LINES)))
        self._item = np.zeros((ORDERS, LINES), np.int64)
        self._count = np.zeros(ORDERS, np.int64)

    def look(self, key: Longs, item: Longs, off: Doubles, price: Doubles, stamp: int) -> Doubles:
        """Learns all lines, then says of each the mean logarithm of the factor of those that lie off alike, how many
        these are, itself among them, and how many lines of its order are known."""
        found = np.full((3, len(key)), np.nan)
        order = np.argsort(key, kind="stable") if len(key) > 1 else np.zeros(len(key), np.int64)
        near = NEAR + CENT / price
        _look(self._rows, self._off, self._item, self._count, (key, item, off, near), order, stamp, found)
        return found


@unlocked
def _look(rows: Any, offs: Any, items: Any, count: Any, lines: Any, order: Any, stamp: int, found: Any) -> None:
    start = 0
    while start < len(order):
        end = end_of(lines[0], order, start)
        row = row_of(rows[0], rows[1], lines[0][order[start]], stamp)
        if row < 0:
            row = -1 - row
            count[row] = 0
        most = min(count[row] + end - start, COMPARED)
        seen = (np.empty(most, np.int64), np.empty(most), np.empty(most))
        size = _gathered(seen, offs, items, row, count[row], lines, order, start, end)
        count[row] = min(size, LINES)
        for k in range(count[row]):
            items[row, k], offs[0][row, k], offs[1][row, k] = seen[0][k], seen[1][k], seen[2][k]
        for place in range(start, end):
            _compare(seen, size, lines, order[place], found)
        start = end


@unlocked
def _gathered(
    seen: Any, offs: Any, items: Any, row: int, known: int, lines: Any, order: Any, start: int, end: int
) -> Any:
    """Puts the known lines of an order and its new ones, each item once, into `seen`; how many these are."""
    _, item, off, near = lines
    size = known
    for k in range(known):
        seen[0][k], seen[1][k], seen[2][k] = items[row, k], offs[0][row, k], offs[1][row, k]
    for place in range(start, end):
        n = order[place]
        fresh = size < len(seen[0])
        for k in range(size):
            fresh = fresh and seen[0][k] != item[n]
        if fresh:
            seen[0][size], seen[1][size], seen[2][size] = item[n], off[n], near[n]
            size += 1
    return size


@unlocked
def _compare(seen: Any, size: int, lines: Any, n: int, found: Any) -> None:
    """Says of line `n` how many of its order's lie off as it does."""
    total, alike = 0.0, 0
    for k in range(size):
        if abs(seen[1][k] - lines[2][n]) <= seen[2][k] + lines[3][n]:
            total += seen[1][k]
            alike += 1
    if alike:
        found[0, n], found[1, n], found[2, n] = total / alike, alike, size
