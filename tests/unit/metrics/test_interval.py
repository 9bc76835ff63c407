"""The paired bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.metrics.interval import paired


def test_pairing_takes_out_what_shoppers_differ_in() -> None:
    """Given values that vary widely by shopper and a constant gain, the interval is as narrow as the gain."""
    champion = np.random.default_rng(1).random(500)

    interval = paired(champion + 0.01, champion)

    assert (interval.estimate, interval.low, interval.high) == pytest.approx((0.01, 0.01, 0.01))


def test_the_interval_is_as_wide_as_theory_says() -> None:
    """Given normal differences, it is the estimate ± 1.96 standard errors, and the same seed gives the same."""
    difference = np.random.default_rng(2).normal(0.0, 1.0, 2000)
    nothing = np.zeros(2000)

    interval = paired(difference, nothing, seed=3)

    error = 1.96 * difference.std() / np.sqrt(2000)
    assert interval.high - interval.estimate == pytest.approx(error, rel=0.1)
    assert interval.estimate - interval.low == pytest.approx(error, rel=0.1)
    assert interval == paired(difference, nothing, seed=3)


def test_too_few_shoppers_prove_nothing() -> None:
    """Given one shopper who can be judged, the bounds are infinite."""
    interval = paired(np.array([1.0, np.nan]), np.array([0.0, 0.0]))

    assert (interval.estimate, interval.low, interval.high) == (1.0, float("-inf"), float("inf"))
