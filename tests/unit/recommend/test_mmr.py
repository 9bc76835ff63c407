"""The reranker's sort is the greedy choice that MMR describes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lingxi.recommend._kernels import spread


def _greedy(scores: list[float], category: list[int], strength: float, n: int) -> list[int]:
    """MMR as it is described: again and again the item with the greatest value against what is chosen."""
    low, width = min(scores), max(max(scores) - min(scores), 1e-12)
    chosen: list[int] = []
    left = list(range(len(scores)))
    while left and len(chosen) < n:

        def value(place: int) -> float:
            alike = sum(category[each] == category[place] for each in chosen) if category[place] >= 0 else 0
            return (1 - strength) * (scores[place] - low) / width - strength * (1 - 0.5**alike)

        best = max(left, key=lambda place: (round(value(place), 9), scores[place], -place))
        chosen.append(best)
        left.remove(best)
    return chosen


ROWS = st.tuples(st.integers(0, 1000), st.integers(-1, 4))


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 1000), st.integers(-1, 4)), min_size=1, max_size=30, unique_by=lambda r: r[0]
    ),
    strength=st.sampled_from([0.05, 0.3, 0.5, 0.9]),
    n=st.integers(1, 20),
)
def test_sorting_is_the_greedy_choice(rows: list[tuple[int, int]], strength: float, n: int) -> None:
    """Given distinct scores, when the kernel orders them, then each step is as good as MMR's own choice."""
    scores = [float(score) for score, _ in rows]
    category = [each for _, each in rows]
    numbers = np.arange(len(rows), dtype=np.int32)
    order = spread(numbers, np.array(scores, np.float32), np.array(category, np.int32), strength, n, len(rows))
    assert sorted(set(order.tolist())) == sorted(order.tolist())
    assert order.tolist() == _greedy(scores, category, strength, n)


def test_without_strength_the_score_decides() -> None:
    """Given strength 0, when items are ordered, then by score, equal ones by number."""
    items, scores = np.array([7, 3, 5], np.int32), np.array([1.0, 1.0, 2.0], np.float32)
    order = spread(items, scores, np.zeros(8, np.int32), 0.0, 3, 9)
    assert order.tolist() == [2, 1, 0]


def test_what_is_not_among_the_best_is_not_spread() -> None:
    """Given four items of one category and one of another that is the last by score, when only the best four are looked
    at, then it does not come up."""
    numbers, scores = np.arange(5, dtype=np.int32), np.array([5.0, 4.0, 3.0, 2.0, 1.0], np.float32)
    category = np.array([0, 0, 0, 0, 1], np.int32)
    assert spread(numbers, scores, category, 0.9, 2, 4).tolist() == [0, 1]
    assert spread(numbers, scores, category, 0.9, 2, 5).tolist() == [0, 4]
