"""The compiled pass over a history says what its definition says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.runtimes._moments import pool_moments

WIDTH, LENGTH, NOW = 3, 4, 100_000_000
ROW = np.array([2, -1, 0, 1], dtype=np.int32)
VECTORS = np.arange(4 * WIDTH, dtype=np.float32).reshape(4, WIDTH)
ACTS = st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 5), st.integers(1, 2)), max_size=30)


def as_defined(acts: list[tuple[int, int, int]]) -> list[tuple[int, int, npt.NDArray[np.float64]]]:
    """(time, kind, pooled) of the newest moments, in order."""
    moments: dict[tuple[int, int], list[int]] = {}
    for at, item, kind in acts:
        if item >= 0:
            moments.setdefault((at, kind), []).append(ROW[item] if item < len(ROW) else -1)
    found = []
    for (at, kind), rows in sorted(moments.items())[-LENGTH:]:
        found.append((at, kind, VECTORS[rows].astype(np.float64).sum(axis=0) / np.sqrt(len(rows))))
    return found


@settings(deadline=None)
@given(ACTS)
def test_acts_of_one_time_and_kind_are_one_moment(acts: list[tuple[int, int, int]]) -> None:
    """Given acts in order of time, when they are pooled, then the newest moments stand at the end of the arrays."""
    acts = sorted(acts, key=lambda act: act[0])
    at = np.array([act[0] for act in acts], dtype=np.int64) * 1_000_000
    item = np.array([act[1] for act in acts], dtype=np.int32)
    named = np.array([act[2] for act in acts], dtype=np.int64)
    pooled = np.empty((LENGTH, WIDTH), np.float32)
    kinds, ages = np.empty(LENGTH, np.int64), np.empty(LENGTH, np.float32)

    count = pool_moments(at, item, named, NOW, ROW, VECTORS, pooled, kinds, ages)

    wanted = as_defined(acts)
    assert count == len(wanted)
    for place, (seconds, kind, vector) in enumerate(wanted, start=LENGTH - count):
        assert kinds[place] == kind
        assert ages[place] == NOW / 1e6 - seconds
        np.testing.assert_allclose(pooled[place], vector, rtol=1e-5)
