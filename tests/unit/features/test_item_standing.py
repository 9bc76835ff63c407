"""What is known of an item beside how much it is wanted: its age, ratings, returns and stock."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lingxi.domain.item import Item
from lingxi.features._feature import DAY
from lingxi.state.state import State
from runs import ITEMS, Act, run_of

NOW = 100 * DAY


def shop(acts: list[Act], items: list[Item] = [], posted: int = 0) -> State:  # noqa: B006
    """A state after these acts, with these items posted then."""
    state = State.empty()
    state.apply(run_of([*acts, Act(-1, "search", -1, 0)]))
    for item in items:
        state.items.post(item, posted)
    return state


def read(state: State, name: str) -> np.ndarray:
    """A feature of every item."""
    return state.item_feature(name, np.arange(ITEMS), NOW)


def test_an_item_is_as_old_as_its_first_sale_or_its_posting():
    # given: a sale before the catalog was posted, a posting without a sale, and neither
    acts = [Act(0, "purchase", 0, NOW - 30 * DAY), Act(0, "view", 0, NOW - 40 * DAY), Act(0, "like", 2, NOW)]
    state = shop(acts, [Item(id="item-0"), Item(id="item-1")], NOW - 7 * DAY)
    # then
    days = read(state, "item_age.days")
    assert days[:3].tolist() == [40, 7, math.inf]
    assert read(state, "item_age.fresh")[:3] == pytest.approx([math.exp(-40 / 14), math.exp(-0.5), 0])


def test_one_enthusiast_makes_no_best_item():
    # given: one rating of five, twenty of four, and a shop whose mean lies between
    acts = [Act(0, "rate", 0, NOW, value=5.0)]
    acts += [Act(0, "review", 1, NOW, str(k), value=4.5) for k in range(20)]
    acts += [Act(0, "rate", 2, NOW, f"low {k}", value=2.0) for k in range(20)]
    state = shop(acts)
    # then: the shop's mean is 135 / 41
    mean, whole = read(state, "rating.mean"), 135 / 41
    assert mean[0] == pytest.approx((5 + 5 * whole) / 6)
    assert mean[1] == pytest.approx((90 + 5 * whole) / 25)
    assert mean[0] < mean[1]
    assert mean[3] == pytest.approx(whole)
    assert read(state, "rating.count")[:4].tolist() == [1, 20, 20, 0]


def test_a_review_without_a_value_rates_nothing():
    state = shop([Act(0, "review", 0, NOW), Act(0, "purchase", 0, NOW, value=5.0)])
    assert read(state, "rating.count")[0] == 0
    assert read(state, "rating.mean")[0] == 0


def test_what_comes_back_often_is_told_from_what_came_back_once():
    # given: one of one returned, 30 of 60 returned, none of 60
    acts = [Act(0, "purchase", 0, NOW), Act(0, "refund", 0, NOW)]
    acts += [Act(0, "purchase", 1, NOW, f"p{k}") for k in range(60)]
    acts += [Act(0, "refund", 1, NOW, f"r{k}") for k in range(30)]
    acts += [Act(0, "purchase", 2, NOW, f"q{k}") for k in range(60)]
    # then
    share, whole = read(shop(acts), "return_rate.share"), 31 / 121
    assert share[0] == pytest.approx((1 + 20 * whole) / 21)
    assert share[1] == pytest.approx((30 + 20 * whole) / 80)
    assert share[2] < whole < share[0] < share[1]
    assert share[3] == pytest.approx(whole)
    assert read(shop([]), "return_rate.share").tolist() == [0] * ITEMS


def test_the_stock_is_counted_in_days_of_sales():
    # given: two units a day for a year, of which 28 are left
    acts = [Act(0, "purchase", 0, NOW - k * DAY, str(k), quantity=2.0) for k in range(365)]
    items = [Item(id="item-0", stock=28), Item(id="item-1", stock=28), Item(id="item-2"), Item(id="item-3", stock=0)]
    # then: two weeks; a year where nothing is sold or the stock is unlimited; none where none is left or posted
    assert read(shop(acts, items), "stock_cover.days")[:5] == pytest.approx([14, 365, 365, 0, 0], rel=0.03)
