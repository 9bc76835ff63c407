"""What each feature says of a few acts that one can count by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lingxi.features._feature import DAY, HOUR
from lingxi.state.shopper import positions
from lingxi.state.state import State
from runs import Act, run_of

NOW = 100 * DAY


def pair(acts: list[Act], name: str, item: int = 1) -> float:
    """A pair feature of shopper 0 and an item at NOW."""
    state = State.empty()
    state.apply(run_of(acts))
    view = state.shopper("shopper-0", None)
    return float(view.pair(name, NOW)[positions(view, np.array([item]))[0]])


def item(acts: list[Act], name: str) -> float:
    """An item feature of item 1 at NOW."""
    state = State.empty()
    state.apply(run_of(acts))
    return float(state.item_feature(name, np.array([1]), NOW)[0])


def test_popularity_fades_to_a_third_in_one_life():
    acts = [Act(0, "purchase", 1, NOW - HOUR), Act(1, "purchase", 1, NOW - HOUR, "b")]
    assert item(acts, "popularity.hour") == pytest.approx(2 / math.e)
    assert item(acts, "popularity.week") == pytest.approx(2 * math.exp(-1 / 168))
    assert item([Act(0, "impression", 1, NOW)], "popularity.month") == 0


def test_what_is_busier_today_than_in_the_month_trends():
    busy = [Act(0, "purchase", 1, NOW - k * HOUR, str(k)) for k in range(12)]
    steady = [Act(0, "purchase", 1, NOW - k * DAY, str(k)) for k in range(60)]
    assert item(busy, "popularity.trend") > 5
    assert 0.5 < item(steady, "popularity.trend") < 2


def test_own_frequency_counts_purchases_only():
    acts = [Act(0, "purchase", 1, NOW - 120 * DAY // 2), Act(0, "view", 1, NOW), Act(1, "purchase", 1, NOW, "b")]
    assert pair(acts, "own_frequency.count") == 1
    assert pair(acts, "own_frequency.days_120") == pytest.approx(math.exp(-0.5))


def test_recency_is_in_days_and_infinite_for_never():
    acts = [Act(0, "purchase", 1, NOW - 3 * DAY)]
    assert pair(acts, "recency.bought") == pytest.approx(3)
    assert pair(acts, "recency.viewed") == math.inf


def test_one_repeat_is_no_cycle():
    # given: one repeat after 7 days, and ten repeats each after 7 days
    once = [Act(0, "purchase", 1, NOW - k * 7 * DAY, str(k)) for k in range(2)]
    often = [Act(0, "purchase", 1, NOW - k * 7 * DAY, str(k)) for k in range(11)]
    # then: the first expectation stays near the prior of 28 days, the second near 7
    assert pair(once, "purchase_cycle.days") > 15
    assert pair(often, "purchase_cycle.days") == pytest.approx(7, abs=3)
    assert pair(often, "purchase_cycle.repeats") == 10


def test_due_counts_cycles_since_the_last_purchase():
    acts = [Act(0, "purchase", 1, NOW - 14 * DAY - k * 7 * DAY, str(k)) for k in range(11)]
    assert pair(acts, "purchase_cycle.due") == pytest.approx(14 / pair(acts, "purchase_cycle.days"))
    assert pair([Act(0, "view", 1, NOW)], "purchase_cycle.due") == 0


def test_a_click_ends_the_tiredness():
    shown = [Act(0, "impression", 1, NOW - k * HOUR, str(k)) for k in range(4)]
    assert pair(shown, "fatigue.shown") > 3.5
    assert pair([*shown, Act(0, "click", 1, NOW)], "fatigue.shown") == 0


def test_the_cart_follows_the_last_act():
    put, out = Act(0, "add_to_cart", 1, NOW - 10), Act(0, "remove_from_cart", 1, NOW - 5)
    assert pair([put], "standing.in_cart") == 1
    assert pair([out, put], "standing.in_cart") == 0
    assert pair([put, out, Act(0, "add_to_cart", 1, NOW)], "standing.in_cart") == 1
    assert pair([put, Act(0, "purchase", 1, NOW)], "standing.in_cart") == 0


def test_what_was_dismissed_may_be_liked_again():
    dismiss = Act(0, "dismiss", 1, NOW - 10)
    assert pair([dismiss], "standing.dismissed") == 1
    assert pair([dismiss, Act(0, "like", 1, NOW)], "standing.dismissed") == 0


def test_activity_counts_acts():
    state = State.empty()
    state.apply(run_of([Act(0, "view", 1, NOW - DAY), Act(0, "purchase", 1, NOW - DAY), Act(0, "impression", 2, NOW)]))
    view = state.shopper("shopper-0", None)
    assert view.feature("activity.events", NOW) == 2
    assert view.feature("activity.purchases", NOW) == 1
    assert view.feature("activity.idle", NOW) == pytest.approx(1)


def test_an_item_is_known_by_its_impressions_and_clicks():
    acts = [Act(0, "impression", 1, NOW - 28 * DAY), Act(1, "impression", 1, NOW), Act(1, "click", 1, NOW, "b")]
    assert item(acts, "exposure.shown") == pytest.approx(1 + math.exp(-1))
    assert item(acts[::-1], "exposure.clicked") == pytest.approx(1)
    assert item([Act(0, "purchase", 1, NOW)], "exposure.shown") == 0
