"""Accuracy of ranked lists, by values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.metrics import ranking
from lingxi.metrics.coverage import coverage


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def test_recall_is_over_what_k_can_hold() -> None:
    """Given 3 relevant items and lists of 2, a list of hits alone is perfect at 2 and reaches 2 / 3 at 10."""
    hits = ranking.mark([ints(1, 2)], [ints(1, 2, 3)], 10)
    relevant = np.array([3])

    assert ranking.recall(hits, relevant, 2) == pytest.approx([1.0])
    assert ranking.recall(hits, relevant, 10) == pytest.approx([2 / 3])


def test_ndcg_is_over_the_ideal_list() -> None:
    """Given one of two relevant items at rank 2, the gain is 1 / log2(3) over 1 + 1 / log2(3)."""
    hits = ranking.mark([ints(9, 1)], [ints(1, 2)], 10)
    second = 1 / np.log2(3)

    assert ranking.ndcg(hits, np.array([2]), 10) == pytest.approx([second / (1 + second)])
    assert ranking.ndcg(hits, np.array([2]), 1) == pytest.approx([0.0])


def test_mrr_and_hit_rate_know_the_first_hit() -> None:
    """Given hits at rank 3, at rank 1 and nowhere."""
    hits = ranking.mark([ints(8, 9, 1), ints(1, 2), ints(7)], [ints(1), ints(1, 2), ints(1)], 5)

    assert ranking.mrr(hits, 5) == pytest.approx([1 / 3, 1.0, 0.0])
    assert ranking.mrr(hits, 2) == pytest.approx([0.0, 1.0, 0.0])
    assert ranking.hit_rate(hits, 2) == pytest.approx([0.0, 1.0, 0.0])


def test_equal_scores_earn_nothing() -> None:
    """Given one score for all items, the relevant ones come last, wherever the model listed them."""
    items, flat = ints(1, 2, 3, 4), np.ones(4, dtype=np.float32)

    assert ranking.against(items, flat, ints(1, 2), 2).tolist() == [3, 4]
    assert ranking.against(items, np.array([1, 3, 2, 2], dtype=np.float32), ints(3), 3).tolist() == [2, 4, 3]


def test_who_has_nothing_relevant_is_not_judged() -> None:
    """Given a shopper without a relevant item, the value is no number."""
    hits = ranking.mark([ints(1)], [ints()], 10)

    assert np.isnan(ranking.recall(hits, np.array([0]), 10)).all()
    assert np.isnan(ranking.ndcg(hits, np.array([0]), 10)).all()


def test_coverage_counts_different_items() -> None:
    """Given two lists that share an item, of a catalogue of ten."""
    assert coverage([ints(1, 2, 3), ints(1, 4)], 2, 10) == pytest.approx(0.3)
    assert coverage([], 10, 10) == 0.0


def test_precision_and_average_precision() -> None:
    """Given hits at ranks 1 and 3 of three relevant items, precision is over k; each hit counts its own."""
    hits = ranking.mark([ints(1, 9, 2)], [ints(1, 2, 3)], 5)

    assert ranking.precision(hits, 5) == pytest.approx([2 / 5])
    assert ranking.average_precision(hits, np.array([3]), 5) == pytest.approx([(1 + 2 / 3) / 3])
    assert ranking.average_precision(hits, np.array([3]), 1) == pytest.approx([1.0])
