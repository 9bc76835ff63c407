"""What a shopper acted on: an item with all acts on it, or all that they searched for, is one thing."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import History
from lingxi.features._compiled import compiled

SEARCHED: Final = -1
"""In the place of an item: all that was searched for."""
NOTHING: Final = -2
"""In the same place: an act that is not read."""
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


def newest_things(history: History, strength: Longs, most: int, *, searched: bool) -> tuple[Ints, Longs, Ints]:
    """The newest `most` things, newest first: what each is, int32[t], the place in the history of the newest of the
    strongest acts on it, int64[t], and for each act the place of its thing, int32[n], −1 for none.

    `strength` int64[kinds]: only acts of kinds above 0 make a thing, but all acts on its item belong to it. Searches
    are one where they are read (`searched`).
    """
    what = np.where(history.item >= 0, history.item, np.where(history.query != 0, SEARCHED, NOTHING))
    if not searched:
        what[what == SEARCHED] = NOTHING
    strong = np.where(what >= 0, strength[history.kind], what == SEARCHED)
    items, last, thing = np.empty(most, np.int32), np.empty(most, np.int64), np.full(len(history), -1, np.int32)
    found = _find(what, strong, items, last, thing)
    return items[:found], last[:found], thing


@compiled
def _find(what: Any, strong: Any, items: Any, last: Any, thing: Any) -> int:  # pragma: no cover
    """`newest_things`, where `what` int64[n] says what each act was on and `strong` int64[n] how strong it is; how many
    there are."""
    count = 0
    for i in range(len(what) - 1, -1, -1):
        if strong[i] == 0:
            continue
        place = 0
        while place < count and items[place] != what[i]:
            place += 1
        if place < count:
            if strong[i] > strong[last[place]]:
                last[place] = i
        elif count < len(items):
            items[place], last[place] = what[i], i
            count += 1
    for i in range(len(what)):
        for place in range(count):
            if items[place] == what[i]:
                thing[i] = place
    return count
