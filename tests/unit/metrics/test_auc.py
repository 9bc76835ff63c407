"""The area under the ROC curve, by values worked out by hand and against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.metrics.auc import auc


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_it_is_the_share_of_pairs_in_the_right_order() -> None:
    """Given one right item above two of three wrong ones and another above all, five of six pairs are in order."""
    right = np.array([True, False, False, False, True])

    assert auc(floats(2, 1, 3, 0, 4), right) == pytest.approx(5 / 6)
    assert auc(floats(-1, 1, 3, 0, -np.inf), right) == 0.0


def test_one_score_for_everything_says_nothing() -> None:
    """Given ties alone, each counts half; given nothing to tell apart, there is no value."""
    assert auc(np.zeros(7, np.float32), np.arange(7) < 3) == 0.5
    assert np.isnan(auc(floats(1, 2), np.array([True, True])))
    assert np.isnan(auc(floats(1, 2), np.array([False, False])))


def test_it_is_the_area_that_scikit_learn_finds() -> None:
    """Given scores with many ties, the two agree."""
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(3)
    for _ in range(50):
        right = rng.random(80) < 0.2
        scores = rng.integers(0, 12, 80).astype(np.float32)
        assert auc(scores, right) == pytest.approx(roc_auc_score(right, scores), abs=1e-12)
