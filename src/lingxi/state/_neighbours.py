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
