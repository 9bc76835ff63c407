"""What is usual for a key (an item's prices, an item's or a shopper's quantities), from the newest known values."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.features._compiled import unlocked
from lingxi.ingest.around._rows import Doubles, Longs, end_of, row_of

VALUES: Final = 64
"""Newest values that are known of each key."""
GREATEST: Final = 4
"""Greatest values that are known of each key, however old."""
ALIKE: Final = math.log(6)
"""Quantities within this factor (its logarithm) are alike."""


class Usual:
    """The newest values, as logarithms, of the `size` keys that were met last."""

    def __init__(self, size: int) -> None:
        self._rows = (np.zeros(size, np.int64), np.zeros(size, np.int64))
        self._values = np.zeros((size, VALUES), np.float32)
        self._greatest = np.full((size, GREATEST), -np.inf, np.float32)
        self._count = np.zeros(size, np.int64)

    def look(self, key: Longs, log: Doubles, stamp: int) -> Doubles:
        """Learns all values, then says of each the median of its key's, their median deviation, how many are known,
        how many of these and how many of the greatest are as great as it or nearly, itself not among them.

        float64[5, values]; NaN values have none.
        """
        found = np.full((5, len(key)), np.nan)
        order = np.argsort(key, kind="stable") if len(key) > 1 else np.zeros(len(key), np.int64)
        _look(self._rows, self._values, self._greatest, self._count, key, log, order, stamp, found)
        return found


@unlocked
def _look(
    rows: Any, values: Any, greatest: Any, count: Any, key: Any, log: Any, order: Any, stamp: int, found: Any
) -> None:
    start = 0
    while start < len(order):
        end = end_of(key, order, start)
        row = row_of(rows[0], rows[1], key[order[start]], stamp)
        if row < 0:
            row = -1 - row
            count[row] = 0
            for k in range(GREATEST):
                greatest[row, k] = -np.inf
        for place in range(start, end):
            value = log[order[place]]
            if not math.isnan(value):
                values[row, count[row] % VALUES] = value
                count[row] += 1
                _greater(greatest, row, value)
        if count[row]:
            _judge(values[row], min(count[row], VALUES), greatest[row], log, order, start, end, found)
        start = end


@unlocked
def _judge(values: Any, known: int, greatest: Any, log: Any, order: Any, start: int, end: int, found: Any) -> None:
    """Says of the rows of one key what is usual, of which `known` values are known."""
    ordered = np.empty(known)
    for k in range(known):
        ordered[k] = values[k]
    middle = _median(ordered)
    for k in range(known):
        ordered[k] = abs(values[k] - middle)
    spread = _median(ordered)
    for place in range(start, end):
        n = order[place]
        if not math.isnan(log[n]):
            found[0, n], found[1, n], found[2, n] = middle, spread, known
            found[3, n] = max(_like(values, known, log[n]) - 1, 0)
            found[4, n] = max(_like(greatest, GREATEST, log[n]) - 1, 0)


@unlocked
def _like(values: Any, known: int, value: float) -> Any:
    """How many of the first `known` values are as great as this one, or nearly."""
    like = 0
    for k in range(known):
        like += values[k] >= value - ALIKE
    return like


@unlocked
def _greater(greatest: Any, row: int, value: float) -> None:
    """Keeps the greatest, in falling order."""
    for k in range(GREATEST):
        if value > greatest[row, k]:
            greatest[row, k], value = value, greatest[row, k]


@unlocked
def _median(values: Any) -> Any:
    """The median of a short list, which it sorts."""
    size = len(values)
    for k in range(1, size):
        value, place = values[k], k
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value
    half = size // 2
    return values[half] if size % 2 else (values[half - 1] + values[half]) / 2
