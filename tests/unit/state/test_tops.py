"""The greatest values of a feature are the same whether all are read or few."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.features._feature import DAY, HOUR, SECOND
from lingxi.features.popularity import FEATURE
from lingxi.state._tops import Bound, Tops

ITEMS = 5_000
NOW = 400 * DAY


class Counters:
    """Columns of popularity by item, with some items listed."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        self.columns = [np.where(rng.random(ITEMS) < 0.6, rng.exponential(3.0, ITEMS), 0.0) for _ in range(4)]
        self.columns.append((NOW - rng.integers(0, 60 * DAY, ITEMS)).astype(np.int64))
        self.listed = rng.random(ITEMS) < 0.7
        self.asked = 0

    def best(self, tops: Tops, name: str, now: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        def read(items: np.ndarray) -> np.ndarray:
            self.asked += len(items)
            return FEATURE.reads[name](tuple(self.columns), items, items, now)

        return tops.best(name, now, n, self.listed, read, self.bound(name))

    def bound(self, name: str) -> Bound:
        most, names = FEATURE.at_most[name], [each.name for each in FEATURE.columns]
        value, last = (self.columns[names.index(column)] for column in (most.value, most.last))
        return Bound(value, last, most.life, most.factor)

    def all(self, name: str, now: int, n: int) -> list[int]:
        items = np.flatnonzero(self.listed).astype(np.int32)
        values = FEATURE.reads[name](tuple(self.columns), items, items, now)
        return items[np.lexsort((items, -values))][:n].tolist()


@pytest.mark.parametrize("name", ["month", "trend"])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("step", [HOUR, 7 * SECOND])
def test_the_best_are_those_of_reading_all(name: str, seed: int, step: int) -> None:
    """Given items that are bought, sold out and listed again as hours pass, when the best are asked for, then they are
    those of reading every item; and few are read after the first time."""
    counters = Counters(seed)
    tops = Tops()
    now = NOW
    for hour in range(30):
        assert counters.best(tops, name, now, 300)[0].tolist() == counters.all(name, now, 300)
        if hour == 0:
            counters.asked = 0
        now += step
        touched = counters.rng.integers(0, ITEMS, 40).astype(np.int32)
        tops.touched(np.append(touched, np.int32(-1)))
        for column in counters.columns[:4]:
            column[touched] += 1.0
        counters.columns[4][touched] = now
        changed = counters.rng.integers(0, ITEMS, 20 if step == HOUR or hour % 9 == 0 else 0)
        before = counters.listed[changed].copy()
        counters.listed[changed] ^= True
        if not before.all():
            tops.clear()
    assert counters.asked < 30 * ITEMS * 0.65


@pytest.mark.parametrize("name", sorted(FEATURE.at_most))
def test_what_is_looked_for_falls_until_the_next_act(name: str) -> None:
    columns, items = tuple(Counters(3).columns), np.arange(ITEMS, dtype=np.int32)
    before = FEATURE.reads[name](columns, items, items, NOW)
    for age in (SECOND, HOUR, DAY, 30 * DAY):
        after = FEATURE.reads[name](columns, items, items, NOW + age)
        assert (after <= before * (1 + 1e-6)).all()
        before = after


def test_where_nothing_was_bought_the_first_stand_in_order() -> None:
    """Given a catalogue without acts, when the most bought are asked for, then it is the first listed items."""
    counters = Counters(0)
    for column in counters.columns[:4]:
        column[:] = 0.0
    tops = Tops()
    for now in (NOW, NOW + HOUR):
        items, values = counters.best(tops, "month", now, 10)
        assert items.tolist() == np.flatnonzero(counters.listed)[:10].tolist()
        assert not values.any()
    assert counters.asked < ITEMS
