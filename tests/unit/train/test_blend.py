"""Fitting the blend."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.domain.errors import NotEnoughData
from lingxi.runtimes.linear import Linear
from lingxi.train import blend


def candidates(n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Two inputs, of which the first decides; a tenth of the second is missing."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(n, 2)).astype(np.float32)
    bought = rng.random(n) < 1 / (1 + np.exp(3 - 2 * matrix[:, 0]))
    matrix[rng.random(n) < 0.1, 1] = np.nan
    return matrix, bought


def test_it_finds_what_decides() -> None:
    """Given inputs of which one decides, its weight is as it was made, and the other's nearly nothing."""
    matrix, bought = candidates()

    linear = blend.fit(("decides", "noise"), matrix, bought)

    assert linear.weights[0] / linear.scale[0] == pytest.approx(2.0, abs=0.25)
    assert abs(linear.weights[1]) < 0.2
    assert Linear.of(linear.settings()).score(matrix) == pytest.approx(linear.score(matrix), abs=1e-5)


def test_the_parts_make_the_score() -> None:
    """Given a fitted blend, what each input adds and the bias sum to the score."""
    matrix, bought = candidates()
    linear = blend.fit(("a", "b"), matrix, bought)

    assert linear.parts(matrix).sum(axis=1) + linear.bias == pytest.approx(linear.score(matrix), abs=1e-4)


def test_too_few_purchases_are_told() -> None:
    """Given candidates of which almost none was bought, the error says how many are needed."""
    matrix, _ = candidates(100)

    with pytest.raises(NotEnoughData, match="0 of 100"):
        blend.fit(("a", "b"), matrix, np.zeros(100, dtype=bool))


def test_near_keeps_the_best_by_each() -> None:
    """Given two columns, the best of each are kept, what is missing is not."""
    matrix = np.array([[5, 0], [4, 1], [1, 9], [np.nan, 2], [0, np.nan]], dtype=np.float32)

    assert blend.near(matrix, [(0, 2), (1, 1)]).tolist() == [True, True, True, False, False]
