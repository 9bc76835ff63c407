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
    items, last, thing = np.empty(most, np.int32), np.empty(most, np.int64), np.empty(len(history), np.int32)
    what, strong = _read(history.item, history.kind, history.query, strength, searched)
    found = _find(what, strong, items, last, thing)
    return items[:found], last[:found], thing


@compiled
def _read(item: Any, kind: Any, query: Any, strength: Any, searched: bool) -> Any:  # pragma: no cover
    """What each act was on, int32[n], and how strong it is, int64[n]."""
    what, strong = np.empty(len(item), np.int32), np.zeros(len(item), np.int64)
    for i in range(len(item)):
        what[i] = item[i] if item[i] >= 0 else NOTHING
        if item[i] >= 0:
            strong[i] = strength[kind[i]]
        elif searched and query[i] != 0:
            what[i], strong[i] = SEARCHED, 1
    return what, strong


@compiled
def _find(what: Any, strong: Any, items: Any, last: Any, thing: Any) -> int:  # pragma: no cover
    """`newest_things`, where `what` each act was on and how `strong` it is are as `_read` has them; how many there
    are."""
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
        thing[i] = -1
        for place in range(count):
            if items[place] == what[i]:
                thing[i] = place
    return count
