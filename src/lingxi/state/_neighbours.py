"""What goes together with an item: counted from the newest acts on it and what those shoppers did around them.

Both lists are functions of a set (the newest N by `(at, tie)`), and so is the count.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.domain.event import KINDS
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY

LIFE: Final = 60.0 * DAY
"""The life of a common act: what was bought together two months ago counts 1/e."""
WINDOW: Final = {"purchase": 12 * DAY // 24, "view": DAY // 48}
"""How far apart two acts of one shopper may lie to count as one basket (half a day), or one visit (30 minutes)."""
GROUPS: Final = {
    "purchase": tuple(kind in ("purchase", "add_to_cart") for kind in KINDS),
    "view": tuple(kind in ("view", "click") for kind in KINDS),
}
MOST: Final = 4096
"""At most so many common acts are counted."""


@compiled
def count_together(
    item: int,
    acts: Any,
    start: Any,
    count: Any,
    history: Any,
    group: Any,
    window: int,
    now: int,
    scratch: Any,
    touched: Any,
) -> int:  # pragma: no cover
    """Adds the faded count of every item met around the acts to `scratch` (float32, zeros, by item) and lists those
    items in `touched`; returns how many. `acts` are (at, shopper) of the item's newest acts."""
    act_at, act_shopper = acts
    row_at, row_item, row_kind = history
    met = 0
    for i in range(len(act_at) - 1, -1, -1):
        low, high = act_at[i] - window, act_at[i] + window
        weight = np.float32(np.exp(min(act_at[i] - now, 0) / LIFE))
        begin = start[act_shopper[i]]
        end = begin + count[act_shopper[i]]
        left, right = begin, end
        while left < right:
            middle = (left + right) // 2
            if row_at[middle] < low:
                left = middle + 1
            else:
                right = middle
        while left < end and row_at[left] <= high:
            other = row_item[left]
            if other >= 0 and other != item and group[row_kind[left]]:
                if scratch[other] == 0.0:
                    if met == len(touched):
                        break
                    touched[met] = other
                    met += 1
                scratch[other] += weight
            left += 1
    return met


@compiled
def taken_out(scratch: Any, touched: Any, listed: Any) -> Any:  # pragma: no cover
    """Those of the `touched` items that are `listed` (bool by item) with their counts in `scratch`, (int32[k],
    float32[k]); the counts of all of them are 0 after it."""
    items, counts = np.empty_like(touched), np.empty(len(touched), np.float32)
    size = 0
    for item in touched:
        if listed[item]:
            items[size], counts[size] = item, scratch[item]
            size += 1
        scratch[item] = np.float32(0.0)
    return items[:size], counts[:size]


@compiled
def nearest_by(items: Any, counts: Any, popularity: Any, n: int) -> Any:  # pragma: no cover
    """The `n` items with the greatest counts over the root of their popularity: (int32[k], float32[k]), greatest first,
    equal ones by number."""
    size = max(min(n, len(items)), 0)
    found, scores = np.empty(size, np.int32), np.empty(size, np.float32)
    count = 0
    for i in range(len(items)):
        score = counts[i] / np.sqrt(popularity[i] + np.float32(10.0))
        place = count
        while place > 0:
            if scores[place - 1] > score or (scores[place - 1] == score and found[place - 1] < items[i]):
                break
            if place < size:
                found[place], scores[place] = found[place - 1], scores[place - 1]
            place -= 1
        if place < size:
            found[place], scores[place] = items[i], score
            count = min(count + 1, size)
    return found, scores
