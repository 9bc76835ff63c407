"""PSI and Kolmogorov–Smirnov by hand and beside scipy, and what is chance."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from lingxi.domain.item import Item
from lingxi.insight import drift
from lingxi.insight.drift import ks, ks_by_chance, of_counts, of_values, psi, psi_by_chance, said
from lingxi.insight.look import compare
from lingxi.insight.said import Sentence
from made_picture import Line, picture

TITLE = Sentence("Kinds", "类型")


def test_psi_by_hand() -> None:
    # given: half and half, then a quarter and three quarters
    by_hand = (0.25 - 0.5) * math.log(0.25 / 0.5) + (0.75 - 0.5) * math.log(0.75 / 0.5)
    assert psi([50, 50], [1, 3]) == pytest.approx(by_hand)
    assert psi([2, 5, 0], [4, 10, 0]) == 0


def test_psi_is_the_sum_of_both_divergences() -> None:
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.25, 0.25, 0.5])
    assert psi(p * 100, q * 100) == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p))


def test_a_bin_that_is_empty_in_one_counts_as_half_a_thing() -> None:
    assert psi([10, 0], [10, 10]) == pytest.approx(psi([10, 0.5], [10, 10]))


def test_ks_is_scipys() -> None:
    rng = np.random.default_rng(7)
    one, two = rng.lognormal(size=300), np.round(rng.lognormal(0.2, size=211), 1)
    assert ks(one, two) == pytest.approx(stats.ks_2samp(one, two).statistic)
    assert ks([1, 1, 2], [1, 2, 2]) == pytest.approx(1 / 3)
    assert ks([1, math.nan], [1]) == 0


def test_the_bounds_of_chance_are_those_of_the_distributions() -> None:
    for bins in (2, 7, 24, 201):
        exact = stats.chi2.ppf(0.95, bins - 1) * (1 / 500 + 1 / 800)
        assert psi_by_chance(bins, 500, 800) == pytest.approx(exact, rel=0.03)
    assert ks_by_chance(500, 800) == pytest.approx(stats.kstwobign.ppf(0.95) * math.sqrt(1 / 500 + 1 / 800), rel=1e-3)


def test_two_samples_of_one_shop_are_rarely_more_than_chance() -> None:
    # given: two samples of one distribution, two hundred times
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(12))
    beyond = sum(
        psi(rng.multinomial(2_000, shares), rng.multinomial(3_000, shares)) > psi_by_chance(12, 2_000, 3_000)
        for _ in range(200)
    )
    # then: about one in twenty is beyond the bound
    assert 2 <= beyond <= 20


@pytest.mark.parametrize(
    ("now", "level"),
    [((500, 500), "chance"), ((540, 460), "same"), ((700, 300), "some"), ((800, 200), "strong")],
)
def test_the_meaning_follows_the_stated_thresholds(now: tuple[int, int], level: drift.Level) -> None:
    found = of_counts("kinds", TITLE, ["view", "purchase"], [5_000, 5_000], np.array(now) * 10)
    assert found.level == level
    assert drift.MEANING[level].en in said(found).en
    assert drift.MEANING[level].zh in said(found).zh


def test_the_sentence_names_what_moved_most() -> None:
    found = of_counts("kinds", TITLE, ["view", "purchase", "refund"], [600, 300, 100], [300, 600, 100])
    assert "most of all view, from 60\N{NO-BREAK SPACE}% to 30\N{NO-BREAK SPACE}%" in said(found).en


def test_values_are_shown_in_bins_and_measured_without() -> None:
    found = of_values("prices", TITLE, [0, 1, 10], ["cheap", "dear"], [0.5, 0.5, 5], [0.6, 5, 5])
    assert found.rows == [("cheap", pytest.approx(2 / 3), pytest.approx(1 / 3)), ("dear", 1 / 3, pytest.approx(2 / 3))]
    assert found.value == pytest.approx(2 / 3)


def test_a_side_without_anything_is_told_and_no_alarm() -> None:
    for found in (of_counts("k", TITLE, ["a", "b"], [0, 0], [1, 2]), of_values("v", TITLE, [0, 1], ["a"], [], [0.5])):
        assert found.level == "chance"
        assert "none to compare" in said(found).en


def test_a_shop_that_turned_over_is_told_as_such() -> None:
    # given: a shop that sold tea for 2 in the morning, and now sells wine for 20 at night
    before = picture([Line(who=who, day=day, hour=9, price=2.0) for who in range(40) for day in range(5)])
    now = picture([Line(who=who, item=1, day=day, hour=21, price=20.0) for who in range(40) for day in range(5)])
    found = {each.name: each for each in compare(before, now, ("morning", "night")).drifts}
    # then
    assert {found[name].level for name in ("hours", "prices", "popularity", "basket_value")} == {"strong"}
    assert found["prices"].value == 1.0
    assert {found[name].level for name in ("kinds", "weekdays", "basket_lines", "repeats")} == {"chance"}


def test_what_sold_is_called_by_its_title_and_compared_by_its_id() -> None:
    # given: two shops that number their items differently, and sell as much of each
    tea, jam = Item(id="1", title="Tea", title_zh="茶", category="Drinks > Hot"), Item(id="2", category="Food > Jam")
    before = picture([Line(who=who, item=who % 2) for who in range(60)], [tea, jam])
    now = picture([Line(who=who, item=who % 2) for who in range(60)], [jam, tea])
    found = {each.name: each for each in compare(before, now, ("one", "other")).drifts}
    assert found["popularity"].value == 0
    assert found["popularity"].rows == [(Sentence("Tea", "茶"), 0.5, 0.5), ("2", 0.5, 0.5)]
    assert found["categories"].rows == [("Hot", 0.5, 0.5), ("Jam", 0.5, 0.5)]


def test_a_longer_past_is_no_drift_of_repeats() -> None:
    # given: forty shoppers who each buy one thing a week, all of them from the first day on, for twenty weeks
    whole = picture([Line(who=who, item=who % 5, day=7 * week) for who in range(40) for week in range(20)])
    day = whole.events["day"]
    start = int(day[0])
    first, rest = whole.where(pl.col("day") < start + 28), whole.where(pl.col("day") >= start + 28)
    # when: the first four weeks are compared with the others
    found = {each.name: each for each in compare(first, rest, ("first", "rest")).drifts}["repeats"]
    # then: what the first purchases could not look back on does not count
    assert found.title.en == "Repeats within 10.5 days"
    assert (found.level, found.rows[0][1:]) == ("chance", (1.0, 1.0))
