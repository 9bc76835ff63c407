"""What another policy would have earned, by values worked out by hand, and by two policies that ran side by side."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lingxi.metrics.off_policy import doubly_robust, effective, ips, snips

REWARD = np.array([1.0, 0.0, 1.0, 0.0])
LOGGED = np.array([0.5, 0.5, 0.25, 0.25])
TARGET = np.array([1.0, 0.0, 0.5, 0.5])


def test_the_same_policy_earned_what_it_earned() -> None:
    """Given a log, when the policy that made it is judged, then each estimate is the mean of the rewards."""
    for estimate in (ips, snips):
        assert estimate(REWARD, LOGGED, LOGGED).estimate == pytest.approx(0.5)
    assert effective(LOGGED, LOGGED) == pytest.approx(4)


def test_rewards_count_by_how_much_likelier_the_other_policy_was() -> None:
    """Given weights 2, 0, 2, 2 and two rewards, then 4 / 4 by number, 4 / 6 by the weights, and clipped 2 / 4."""
    assert ips(REWARD, LOGGED, TARGET).estimate == pytest.approx(1.0)
    assert snips(REWARD, LOGGED, TARGET).estimate == pytest.approx(2 / 3)
    assert ips(REWARD, LOGGED, TARGET, most=1.0).estimate == pytest.approx(0.5)
    assert effective(LOGGED, TARGET) == pytest.approx(3)


def test_a_model_that_knows_the_reward_leaves_nothing_to_chance() -> None:
    """Given a model that expects what came, when the value is estimated, then it is the model's own, without a width;
    a model that expects nothing gives what `ips` gives."""
    told = doubly_robust(REWARD, LOGGED, TARGET, REWARD, np.full(4, 0.7))
    assert (told.estimate, told.low, told.high) == pytest.approx((0.7, 0.7, 0.7))
    nothing = np.zeros(4)
    assert doubly_robust(REWARD, LOGGED, TARGET, nothing, nothing) == ips(REWARD, LOGGED, TARGET)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Given 400 logs of a uniform policy over three arms of known rates, when one that favours the best arm is judged,
    then about 95 of 100 intervals hold what it would earn."""
    rng = np.random.default_rng(0)
    rates, favour = np.array([0.1, 0.3, 0.6]), np.array([0.2, 0.2, 0.6])
    arms = rng.integers(0, 3, (400, 500))
    rewards = (rng.random(arms.shape) < rates[arms]).astype(float)
    logged = np.full(500, 1 / 3)
    for estimate in (ips, snips):
        found = [estimate(reward, logged, favour[arm]) for reward, arm in zip(rewards, arms, strict=True)]
        held = np.mean([each.low <= rates @ favour <= each.high for each in found])
        assert 0.92 <= held <= 0.98


def test_a_decision_without_a_chance_is_refused() -> None:
    """Given a propensity of 0, when a policy is judged, then the error says so; of nothing nothing is known."""
    with pytest.raises(ValueError, match="propensity"):
        ips(REWARD, np.zeros(4), TARGET)
    empty = np.zeros(0)
    assert np.isnan(ips(empty, empty, empty).estimate)
    assert np.isnan(snips(REWARD, LOGGED, np.zeros(4)).estimate)


def open_bandit(name: str) -> pl.DataFrame:
    """One log of the Open Bandit Dataset (Saito et al. 2020); the test is skipped without it."""
    folder = os.environ.get("BENCH_DATA")
    file = Path(folder or "") / "open-bandit" / f"{name}.parquet"
    if folder is None or not file.exists():
        pytest.skip("set BENCH_DATA to a folder that holds open-bandit/random_all.parquet and bts_all.parquet")
    return pl.read_parquet(file, columns=["item_id", "position", "click", "propensity_score"])


def test_two_policies_of_a_real_shop_are_told_from_each_others_logs() -> None:
    """Given the logs of a uniform and of a Thompson policy on the same days of one shop, when each is judged by the
    other's log, then the interval and that of what it earned itself overlap; by its own log it earned just that."""
    uniform, thompson = open_bandit("random_all"), open_bandit("bts_all")
    for log in (uniform, thompson):
        own = _columns(log)
        assert ips(own[0], own[1], own[1]).estimate == pytest.approx(log["click"].mean())

    keys = ["item_id", "position"]
    share = thompson.group_by(keys).len().with_columns(target=pl.col("len") / pl.col("len").sum().over("position"))
    joined = uniform.join(share, on=keys, how="left").with_columns(pl.col("target").fill_null(0.0))
    for judged, log, target in (
        (thompson, joined, joined["target"].to_numpy()),
        (uniform, thompson, np.full(len(thompson), 1 / 80)),
    ):
        reward, logged = _columns(log)
        own = ips(*_columns(judged), _columns(judged)[1])
        for found in (ips(reward, logged, target), snips(reward, logged, target)):
            assert found.low <= own.high
            assert own.low <= found.high
            assert found.estimate > 0


def _columns(log: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return log["click"].to_numpy().astype(float), log["propensity_score"].to_numpy()
