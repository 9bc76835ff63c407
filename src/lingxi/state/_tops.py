"""The listed items with the greatest values of a feature, found without reading it for the whole catalogue.

Who led a moment ago still has a value: what cannot reach the last of those is passed over, by a fading counter that the
feature never exceeds (`Feature.at_most`). What had less than half of that value a minute ago has less now, unless an
act has come: so the counters are looked through once a minute, and in between a few thousand items are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import compiled
from lingxi.features._feature import SECOND

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
MINUTE: Final = 60 * SECOND
MANY: Final = 20_000
"""Items with news from which on all counters are looked through again."""
HALF: Final = 0.5
KEPT: Final = 1_000
"""Leaders kept of a feature, at least, and twice as many as are asked for: some may be sold out by the next time."""
SURELY: Final = 1.0 - 1e-6
"""A value is rounded to float32: a bound may lie below it by so much."""
Read = Callable[[Ints], Floats]


class Bound(NamedTuple):
    """A counter of each item that fades, `value` float64 as it was at `last` int64 (µs), with `life` (µs), times
    `factor`."""

    value: npt.NDArray[np.float64]
    last: npt.NDArray[np.int64]
    life: float
    factor: float


@dataclass(slots=True)
class Found:
    """Items whose value reached `least` at `at` (µs), for a best of `n`; and those of which acts have come since."""

    at: int
    least: float
    n: int
    items: Ints
    news: list[Ints] = field(default_factory=list)
    count: int = 0

    def holds(self, now: int, n: int, least: float) -> bool:
        """Whether nothing else can reach `least`."""
        young = 0 <= now - self.at < MINUTE and self.count <= MANY
        return young and self.n >= n and 0.0 < self.least <= least


class Tops:
    """What was found last, by the feature's name."""

    def __init__(self) -> None:
        self._leaders: dict[str, Ints] = {}
        self._made: dict[str, tuple[int, int, Ints, Floats]] = {}
        self._found: dict[str, Found] = {}

    def touched(self, items: Ints) -> None:
        """Acts on these items int32[k] came in (−1: on none): their values may have risen."""
        for found in self._found.values():
            if found.count <= MANY:
                found.news.append(items)
                found.count += len(items)

    def best(self, name: str, now: int, n: int, listed: Bools, read: Read, bound: Bound | None) -> tuple[Ints, Floats]:
        """The `n` listed items with the greatest values, equal ones by number, and the values; made anew once a second
        at most. `read` gives the values of items at `now`; no item's is above the `bound`, and 0 where that is 0. None:
        nothing is known, all are read."""
        made = self._made.get(name)
        if made is None or made[0] != now // SECOND or made[1] < n:
            many = max(2 * n, KEPT)
            made = self._made[name] = (now // SECOND, many, *self._best(name, now, many, listed, read, bound))
            self._leaders[name] = made[2]
        items, values = made[2:]
        there = listed[items]
        return items[there][:n], values[there][:n]

    def clear(self) -> None:
        """Something was listed: the next answer is made anew."""
        self._made.clear()
        self._found.clear()

    def _best(self, name: str, now: int, n: int, listed: Bools, read: Read, bound: Bound | None) -> tuple[Ints, Floats]:
        """The best `n`, or as many as leaders are still listed: half of `n` at least."""
        if bound is None:
            items = np.flatnonzero(listed).astype(np.int32)
            return _first(items, read(items), n)
        leaders, least = self._leaders.get(name), 0.0
        if leaders is not None and len(there := leaders[listed[leaders]]) >= n // 2:
            least = float(read(there).min()) * SURELY
        found = self._found.get(name)
        if found is not None and found.holds(now, n, least):
            items = np.unique(np.concatenate([found.items, *found.news]))
            items = items[listed[items] & (items >= 0)]
            return _first(items, read(items), n)
        items = reaching_at_most(listed, *bound, now, least, n)
        values = read(items)
        first = _first(items, values, n)
        least = float(first[1][-1]) * HALF if len(first[1]) == n else 0.0
        self._found[name] = Found(now, least, n, items[values >= least])
        return first


def _first(items: Ints, values: Floats, n: int) -> tuple[Ints, Floats]:
    if len(values) > n:
        reaching = values >= np.partition(values, len(values) - n)[len(values) - n]
        items, values = items[reaching], values[reaching]
    order = np.lexsort((items, -values))[:n]
    return items[order], values[order]


@compiled
def reaching_at_most(
    listed: Any, value: Any, last: Any, life: float, factor: float, now: int, least: float, n: int
) -> Any:  # pragma: no cover
    """The numbers int32 of `listed` bool whose bound may reach `least`; of those where it is 0 only the first `n`.

    For e^(−x), the quicker 1 / (1 + x + x² / 2), which is above it.
    """
    found = np.empty(len(listed), np.int32)
    count = idle = 0
    for i in range(len(listed)):
        most = value[i] * factor
        if not listed[i] or most < least or (most <= 0.0 and idle == n):
            continue
        if most <= 0.0:
            idle += 1
        else:
            age = max(now - last[i], 0) / life
            if most < least * (1.0 + age * (1.0 + 0.5 * age)):
                continue
        found[count] = i
        count += 1
    return found[:count].copy()
