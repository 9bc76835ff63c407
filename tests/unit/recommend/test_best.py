"""The compiled steps of choosing: the best few, and the source that leads a pick."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.recommend._kernels import best_of, first_of, lead
from lingxi.runtimes.linear import Linear

NAN = np.nan


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), max_size=40), st.integers(0, 12))
def test_the_best_are_those_of_a_stable_sort(scores: list[int], n: int) -> None:
    """Given scores with ties, when the best few are asked for, then they come as a stable sort would have them."""
    values = np.array(scores, dtype=np.float32)

    best = best_of(values, n)

    assert best.tolist() == np.argsort(-values, kind="stable")[:n].tolist()


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([NAN, -1.0, 0.0, 2.0]), st.integers(0, 9)), max_size=30), st.integers(0, 12))
def test_equal_scores_come_in_order_of_items(told: list[tuple[float, int]], n: int) -> None:
    """Given scores with ties and some that are no number, the first few are those that numpy's sort has first."""
    scores = np.array([score for score, _ in told], dtype=np.float32)
    items = np.array([10 * item + place for place, (_, item) in enumerate(told)], dtype=np.int32)

    assert first_of(items, scores, n).tolist() == np.lexsort((items, -scores))[:n].tolist()


def test_the_source_that_adds_most_leads() -> None:
    """Given inputs of two sources, when a pick is explained, then what lifts it most against not being known leads,
    among the sources that proposed it."""
    values = np.array([[3.0, 1.0], [1.0, 2.0], [NAN, 2.0]], dtype=np.float32)
    zeros, ones = np.zeros(2, dtype=np.float32), np.ones(2, dtype=np.float32)
    rates = np.array([1.0, 2.0], dtype=np.float32)
    linear = Linear(("a.score", "b.score"), np.array([0.0, 1.0], dtype=np.float32), zeros, ones, rates, 0.0)
    gains, speaks = linear.gains(values), np.array([0, 1])
    both = np.zeros((2, 3), dtype=np.float32)
    only_first = np.array([[0.0, 0.0, 0.0], [NAN, NAN, NAN]], dtype=np.float32)

    assert lead(np.arange(3), gains, speaks, both).tolist() == [0, 1, 1]
    assert lead(np.arange(3), gains, speaks, only_first).tolist() == [0, 0, 0]
