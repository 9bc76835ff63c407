"""How quickly a shopper acts: how long ago the same, and the most acts of a minute and of an hour around each."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import unlocked
from lingxi.ingest.around._acts import Acts
from lingxi.ingest.around._rows import Doubles, Longs, row_of
from lingxi.ingest.rules._rule import MINUTE, SECOND

SHOPPERS: Final = 1 << 15
"""Shoppers whose pace is known, those that were met last."""
TIMES: Final = 64
"""Times, and minutes, that are known of each."""
CLICKS: Final = 1 << 18
HOUR: Final = 60
"""Minutes."""
ON_A_PAGE: Final = np.zeros(len(KIND_CODE), np.bool_)
"""What a hand or a robot does on a page, by KIND_CODE. The lines of an order, and what a page shows, come many at a
time and say nothing."""
for _kind in ("view", "search", "click", "add_to_cart", "remove_from_cart", "like", "dismiss", "follow", "share"):
    ON_A_PAGE[KIND_CODE[_kind]] = True


class Paces:
    """The newest times of the shoppers that were met last."""

    def __init__(self) -> None:
        self._rows = (np.zeros(SHOPPERS, np.int64), np.zeros(SHOPPERS, np.int64))
        self._times = (np.zeros((SHOPPERS, TIMES), np.int64), np.zeros(SHOPPERS, np.int64))
        self._minutes = (np.zeros((SHOPPERS, TIMES), np.int64), np.zeros((SHOPPERS, TIMES), np.int64))
        self._known = np.zeros(SHOPPERS, np.int64)
        self._clicks = (np.zeros(CLICKS, np.int64), np.zeros(CLICKS, np.int64))

    def look(self, acts: Acts, rows: Longs, stamp: int) -> Doubles:
        """Learns the acts in `rows` (all of them on a page), in this order of who and when, and says of each `apart`
        (µs since the same shopper did the same with the same item), the most acts of a minute, and of an hour."""
        found = np.full((3, len(rows)), np.nan)
        taken = (acts.who[rows], acts.item[rows], acts.kind[rows], acts.at[rows])
        _look(self._rows, self._times, self._minutes, self._known, self._clicks, taken, stamp, found)
        return found


@unlocked
def _look(rows: Any, times: Any, minutes: Any, known: Any, clicks: Any, acts: Any, stamp: int, found: Any) -> None:
    who, item, kind, at = acts
    start = 0
    while start < len(who):
        end = start + 1
        while end < len(who) and who[end] == who[start]:
            end += 1
        row = row_of(rows[0], rows[1], who[start], stamp)
        if row < 0:
            row = -1 - row
            times[1][row] = 0
            known[row] = 0
        _apart(clicks, who[start], item, kind, at, start, end, found)
        _pace(times, minutes, known, row, at, start, end, found)
        start = end


@unlocked
def _apart(clicks: Any, who: int, item: Any, kind: Any, at: Any, start: int, end: int, found: Any) -> None:
    keys, last = clicks
    for n in range(start, end):
        if item[n] == 0:
            continue
        key = who ^ (item[n] * 31 + kind[n] + 1) * -7046029254386353131
        place = (key ^ (key >> 29)) & (len(keys) - 1)
        if keys[place] == key and at[n] >= last[place]:
            found[0, n] = at[n] - last[place]
        if keys[place] != key or at[n] > last[place]:
            keys[place] = key
            last[place] = at[n]


@unlocked
def _pace(times: Any, minutes: Any, known: Any, row: int, at: Any, start: int, end: int, found: Any) -> None:
    """The acts of one shopper, merged into those that are known."""
    ring, filled = times
    merged = np.empty(filled[row] + end - start, np.int64)
    place = np.full(end - start, -1, np.int64)
    size = _merged(ring[row], filled[row], at, start, end, merged, place)
    if size == 0:
        return
    busy = _busiest(merged, np.ones(size, np.int64), size, MINUTE)
    filled[row] = min(size, TIMES)
    for k in range(filled[row]):
        ring[row, k] = merged[size - filled[row] + k]
    which = np.empty(known[row] + end - start, np.int64)
    counts = np.zeros(len(which), np.int64)
    size = _by_minute(minutes, known, row, at, start, end, which, counts)
    hours = _busiest(which, counts, size, HOUR)
    k = 0
    for n in range(start, end):
        if place[n - start] >= 0:
            while which[k] < at[n] // MINUTE:
                k += 1
            found[1, n] = busy[place[n - start]]
            found[2, n] = hours[k]


@unlocked
def _merged(old: Any, count: int, at: Any, start: int, end: int, merged: Any, place: Any) -> Any:
    """Merges `count` old times and the new ones, each time once; how many there are. `place` says where the new are."""
    size, k = 0, 0
    for n in range(start, end):
        # Times that are cut to minutes or days say nothing of what lies within one.
        if at[n] % MINUTE == 0:
            continue
        while k < count and old[k] <= at[n]:
            merged[size] = old[k]
            size += 1
            k += 1
        # What has the same microsecond was sent again; what has the same second may be another.
        if size == 0 or merged[size - 1] != at[n] or at[n] % SECOND == 0:
            merged[size] = at[n]
            size += 1
        place[n - start] = size - 1
    while k < count:
        merged[size] = old[k]
        size += 1
        k += 1
    return size


@unlocked
def _by_minute(minutes: Any, known: Any, row: int, at: Any, start: int, end: int, which: Any, counts: Any) -> Any:
    """The shopper's minutes, those that were known and these, and how many acts each has; how many minutes."""
    old = known[row]
    size, k, last = 0, 0, -1
    for n in range(start, end):
        if at[n] % MINUTE == 0 or (at[n] == last and at[n] % SECOND != 0):
            continue
        last = at[n]
        while k < old and minutes[0][row, k] <= at[n] // MINUTE:
            size = _counted(which, counts, size, minutes[0][row, k], minutes[1][row, k])
            k += 1
        size = _counted(which, counts, size, at[n] // MINUTE, 1)
    while k < old:
        size = _counted(which, counts, size, minutes[0][row, k], minutes[1][row, k])
        k += 1
    known[row] = min(size, TIMES)
    for k in range(known[row]):
        minutes[0][row, k] = which[size - known[row] + k]
        minutes[1][row, k] = counts[size - known[row] + k]
    return size


@unlocked
def _counted(which: Any, counts: Any, size: int, minute: int, count: int) -> Any:
    """Adds acts of a minute that is none before the last; how many minutes there are then."""
    if size == 0 or which[size - 1] != minute:
        which[size] = minute
        counts[size] = 0
        size += 1
    counts[size - 1] += count
    return size


@unlocked
def _busiest(places: Any, weights: Any, size: int, width: int) -> Any:
    """For each of `size` ordered places the greatest sum of weights of the windows shorter than `width` with it."""
    sums = np.empty(size, np.int64)
    first = np.empty(size, np.int64)
    left, total = 0, 0
    for right in range(size):
        total += weights[right]
        while places[right] - places[left] >= width:
            total -= weights[left]
            left += 1
        sums[right] = total
        first[right] = left
    best = np.empty(size, np.int64)
    queue = np.empty(size, np.int64)
    head, tail, right = 0, 0, 0
    for n in range(size):
        while right < size and first[right] <= n:
            while tail > head and sums[queue[tail - 1]] <= sums[right]:
                tail -= 1
            queue[tail] = right
            tail += 1
            right += 1
        while queue[head] < n:
            head += 1
        best[n] = sums[queue[head]]
    return best
