"""The compiled pass over a history says what its definition says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.words import codes_in, query_of
from lingxi.runtimes._moments import pool_moments, pool_without
from lingxi.runtimes._words import rows_of_codes

WIDTH, LENGTH, NOW = 3, 4, 100_000_000
ROW = np.array([2, -1, 0, 1], dtype=np.int32)
VECTORS = np.arange(4 * WIDTH, dtype=np.float32).reshape(4, WIDTH)
TEXTS = ("", "red", "red shoes", "shoes of an unknown kind")
WORD = rows_of_codes((codes_in(np.array([query_of("red shoes")]))[0, :2]).astype(np.int32))
WORDS = np.array([[100, 0, 0], [0, 0, 100]], dtype=np.float32)
ACTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(-1, 5), st.integers(1, 2), st.sampled_from(TEXTS)), max_size=30
)
Act = tuple[int, int, int, str]


def as_defined(acts: list[Act]) -> list[tuple[int, int, npt.NDArray[np.float64]]]:
    """(time, kind, pooled) of the newest moments, in order."""
    moments: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    for at, item, kind, text in acts:
        if item >= 0 or text:
            rows, words = moments.setdefault((at, kind), ([], []))
            rows += [ROW[item] if item < len(ROW) else -1] if item >= 0 else []
            words += [place for place, word in enumerate(("red", "shoes")) if word in text] if item < 0 else []
    found = []
    for (at, kind), (rows, words) in sorted(moments.items())[-LENGTH:]:
        items = VECTORS[rows].astype(np.float64).sum(axis=0) / np.sqrt(max(len(rows), 1))
        found.append((at, kind, items + WORDS[words].sum(axis=0) / np.sqrt(max(len(words), 1))))
    return found


def _columns(acts: list[Act]) -> tuple[npt.NDArray[np.integer], ...]:
    """Times, items, numbers of kinds and queries."""
    at = np.array([act[0] for act in acts], dtype=np.int64) * 1_000_000
    item = np.array([act[1] for act in acts], dtype=np.int32)
    named = np.array([act[2] for act in acts], dtype=np.int64)
    query = np.array([query_of(act[3]) if act[1] < 0 else 0 for act in acts], dtype=np.int64)
    return at, item, named, query


@settings(deadline=None)
@given(ACTS)
def test_acts_of_one_time_and_kind_are_one_moment(acts: list[Act]) -> None:
    """Given acts in order of time, when they are pooled, then the newest moments stand at the end of the arrays."""
    acts = sorted(acts, key=lambda act: act[0])
    pooled = np.empty((LENGTH, WIDTH), np.float32)
    kinds, ages = np.empty(LENGTH, np.int64), np.empty(LENGTH, np.float32)

    count = pool_moments(*_columns(acts), NOW, ROW, VECTORS, WORD, WORDS, pooled, kinds, ages)

    wanted = as_defined(acts)
    assert count == len(wanted)
    for place, (seconds, kind, vector) in enumerate(wanted, start=LENGTH - count):
        assert kinds[place] == kind
        assert ages[place] == NOW / 1e6 - seconds
        np.testing.assert_allclose(pooled[place], vector, rtol=1e-5)


@settings(deadline=None, max_examples=40)
@given(ACTS, st.lists(st.integers(-1, 1), min_size=30, max_size=30))
def test_without_a_thing_are_the_same_moments_without_its_acts(acts: list[Act], things: list[int]) -> None:
    """Given acts that belong to two things or to none, when each is left out, then the moments are those of the other
    acts, and no older one has come in for one that is gone."""
    acts = sorted(acts, key=lambda act: (act[0], act[2]))
    columns = _columns(acts)
    newest = sorted({(act[0], act[2]) for act in acts if act[1] >= 0 or act[3]})[-LENGTH:]
    shape = (3, LENGTH)
    pooled, kinds = np.zeros((*shape, WIDTH), np.float32), np.zeros(shape, np.int64)
    ages, real = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    thing = np.array(things[: len(acts)], np.int32)

    size = pool_without(*columns, NOW, ROW, VECTORS, WORD, WORDS, thing, pooled, kinds, ages, real)

    assert size == len(newest)
    for place in range(3):
        left = [
            act
            for act, of in zip(acts, thing.tolist(), strict=True)
            if (act[0], act[2]) in newest and (place == 0 or of != place - 1)
        ]
        alone, kind, age = (
            np.zeros((*shape[1:], WIDTH), np.float32),
            np.zeros(LENGTH, np.int64),
            np.zeros(LENGTH, np.float32),
        )
        filled = pool_moments(*_columns(left), NOW, ROW, VECTORS, WORD, WORDS, alone, kind, age)
        np.testing.assert_array_equal(pooled[place], alone)
        np.testing.assert_array_equal(ages[place], age)
        assert real[place].tolist() == [0.0] * (LENGTH - filled) + [1.0] * filled
