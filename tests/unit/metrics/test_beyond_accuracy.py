"""Diversity, novelty, concentration and calibration, by values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.metrics.calibration import miscalibration
from lingxi.metrics.concentration import gini, shown
from lingxi.metrics.diversity import diversity
from lingxi.metrics.novelty import novelty
from lingxi.metrics.popularity_bias import lift, popularity
from lingxi.metrics.serendipity import serendipity

CATEGORY = np.array([0, 0, 1, 2, -1], dtype=np.int32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def test_diversity_is_the_share_of_pairs_of_different_categories() -> None:
    """Given two of one category and one of another, 2 of 3 pairs differ; who has no category counts for nothing."""
    found = diversity([ints(0, 1, 2), ints(0, 1), ints(0, 2, 3), ints(0, 4)], 10, CATEGORY)

    assert found[:3] == pytest.approx([2 / 3, 0.0, 1.0])
    assert np.isnan(found[3])
    assert diversity([ints(0, 1, 2)], 2, CATEGORY) == pytest.approx([0.0])


def test_novelty_is_what_a_pick_tells_in_bits() -> None:
    """Given acts 8, 4, 4 and none on 16 in all, they tell 1, 2, 2 and, as half an act of 16, 5 bits."""
    acts = np.array([8, 4, 4, 0])

    assert novelty([ints(0), ints(0, 1), ints(3), ints(0, 3)], 10, acts) == pytest.approx([1.0, 1.5, 5.0, 3.0])
    assert novelty([ints(0, 3)], 1, acts) == pytest.approx([1.0])
    assert np.isnan(novelty([ints()], 10, acts)).all()
    assert np.isnan(novelty([ints(0)], 10, np.zeros(4, np.int64))).all()


def test_gini_of_equal_one_sided_and_known_shares() -> None:
    """Given 1, 2, 3, 4: (−3 − 2 + 3 + 12) / (4 · 10) = 0.25, in whatever order."""
    assert gini(np.array([3, 1, 4, 2])) == pytest.approx(0.25)
    assert gini(np.full(7, 5)) == pytest.approx(0.0)
    assert gini(np.array([0, 0, 0, 9])) == pytest.approx(0.75)
    assert gini(np.zeros(3)) == gini(np.zeros(0)) == 0.0
    assert shown([ints(1, 2), ints(1, 3)], 1, 4) == pytest.approx(0.75)


def test_a_list_in_the_shares_of_the_past_is_calibrated() -> None:
    """Given halves of two categories before, a list of one of them alone leaves the other with a hundredth of p."""
    before = [ints(0, 2), ints(0, 2), ints(4), ints(0)]
    found = miscalibration([ints(1, 2), ints(0, 1), ints(0), ints()], 10, before, CATEGORY)

    alone = 0.5 * np.log2(0.5 / (0.99 + 0.005)) + 0.5 * np.log2(0.5 / 0.005)
    assert found[:2] == pytest.approx([0.0, alone])
    assert np.isnan(found[2:]).all()


def test_what_popularity_would_have_found_as_soon_is_no_serendipity() -> None:
    """Given hits at place 1 of what is third by popularity, and at place 2 of what is first, only the first counts."""
    acts, wanted = np.array([9, 5, 2, 2, 0]), ints(2, 0, 4)

    assert serendipity([ints(2, 0)], [wanted], 2, acts, 5) == pytest.approx([(3 - 1) / 5 / 2])
    # Equally popular items share a place, and what nobody had stands behind the whole catalogue.
    assert serendipity([ints(3), ints(4), ints(1)], [ints(3), ints(4), ints(0)], 1, acts, 5) == pytest.approx(
        [2 / 5, 5 / 5, 0.0]
    )


def test_lists_are_held_against_what_their_shoppers_chose() -> None:
    """Given acts 6, 3 and 1, who chose the second and is shown the first is shown what is twice as popular."""
    acts = np.array([6, 3, 1])

    assert popularity([ints(0, 2), ints()], 1, acts)[:1] == pytest.approx([0.6])
    assert np.isnan(popularity([ints()], 1, acts)).all()
    assert lift([ints(0), ints(0)], 10, [ints(1), ints()], acts) == pytest.approx(1.0)
    assert lift([ints(2)], 10, [ints(1)], acts) == pytest.approx(1 / 3 - 1)
    assert np.isnan(lift([ints(0)], 10, [ints()], acts))
