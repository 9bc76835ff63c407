"""The moments of a history, pooled: what an encoder reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import compiled


@compiled
def _in_order(at: Any, item: Any, named: Any, order: Any) -> int:  # pragma: no cover
    """Puts the places of acts with an item into `order`, by time and then by name; returns how many there are.

    A history lies in order of time already, but for the names of one time: inserting is one pass.
    """
    count = 0
    for i in range(len(at)):
        if item[i] < 0:
            continue
        place = count
        while place > 0:
            other = order[place - 1]
            if at[other] < at[i] or (at[other] == at[i] and named[other] <= named[i]):
                break
            order[place] = other
            place -= 1
        order[place] = i
        count += 1
    return count


@compiled
def _add(vectors: Any, row: Any, item: Any, places: Any, pooled: Any) -> None:  # pragma: no cover
    """Sums the vectors of these places' items into `pooled` float32[d], over the root of their number."""
    for k in range(len(pooled)):
        pooled[k] = np.float32(0.0)
    for place in places:
        number = item[place]
        known = row[number] if number < len(row) else -1
        if known < 0:
            known = len(vectors) - 1
        for k in range(len(pooled)):
            pooled[k] += vectors[known, k]
    share = np.float32(1.0 / np.sqrt(np.float64(len(places))))
    for k in range(len(pooled)):
        pooled[k] *= share


@compiled
def pool_moments(
    at: Any, item: Any, named: Any, now: int, row: Any, vectors: Any, pooled: Any, kinds: Any, ages: Any
) -> int:  # pragma: no cover
    """Fills the ends of `pooled` float32[length, d], `kinds` int64[length] and `ages` float32[length] (seconds before
    `now`) with the newest moments, in order of time; returns how many there are.

    Acts of one time `at` and of one kind as the net has it, `named`, are one moment: the sum of their items' `vectors`
    (the last for an item that `row` does not know) over the root of their number. Acts with an item below 0 are none.
    """
    order = np.empty(len(at), np.int64)
    end = _in_order(at, item, named, order)
    to = len(kinds)
    while end > 0 and to > 0:
        last = order[end - 1]
        start = end - 1
        while start > 0 and at[order[start - 1]] == at[last] and named[order[start - 1]] == named[last]:
            start -= 1
        to -= 1
        _add(vectors, row, item, order[start:end], pooled[to])
        kinds[to] = named[last]
        ages[to] = np.float32(max(now - at[last], 0) / 1e6)
        end = start
    return len(kinds) - to
