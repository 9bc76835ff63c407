"""Who buys dear things is shown dear things."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lingxi.domain.item import Item
from lingxi.features._feature import DAY
from lingxi.state.state import State
from runs import ITEMS, Act, run_of

NOW = 100 * DAY
STATISTICS = {"price": {"mean": 0.0, "spread": 1.0, "categories": {"wine": [2.0, 0.5], "milk": [0.0, 0.5]}}}
PRICES = [(math.e**3, "wine"), (math.e**2, "wine"), (math.e, "milk"), (1.0, "milk"), (None, "milk")]


def shop(acts: list[Act]) -> State:
    """Dear and average wine, dear and average milk, milk without a price, and a stub."""
    state = State.empty()
    state.apply(run_of([*acts, Act(-1, "search", -1, 0)]))
    for no, (price, category) in enumerate(PRICES):
        state.items.post(Item(id=f"item-{no}", price=price, category=category), 0)
    return state


def read(state: State, name: str, statistics: dict | None = STATISTICS) -> np.ndarray:
    """Of shopper 0 for every item."""
    return state.shopper("shopper-0", None).toward(name, np.arange(ITEMS), NOW, statistics)


def test_who_buys_dear_wine_is_near_dear_milk():
    # given: ten purchases of wine two spreads dearer than wine is
    state = shop([Act(0, "purchase", 0, NOW, str(k)) for k in range(10)])
    # then: the level is 2, drawn a little to 0; dear milk is near it, average milk is below
    own = 2 * 10 / 12
    assert read(state, "price_fit.own") == pytest.approx([own] * ITEMS, rel=1e-5)
    assert read(state, "price_fit.above") == pytest.approx([2 - own, -own, 2 - own, -own, 0, 0], abs=1e-5)
    assert read(state, "price_fit.far") == pytest.approx([2 - own, own, 2 - own, own, 0, 0], abs=1e-5)


def test_one_dear_bottle_makes_no_rich_shopper_and_it_fades():
    once = read(shop([Act(0, "purchase", 0, NOW)]), "price_fit.own")[0]
    long_ago = read(shop([Act(0, "purchase", 0, NOW - 90 * DAY)]), "price_fit.own")[0]
    assert once == pytest.approx(2 / 3, rel=1e-5)
    assert 0 < long_ago < once


def test_a_look_says_nothing_and_without_statistics_nothing_is_dear():
    state = shop([Act(0, "view", 0, NOW), Act(0, "search", -1, NOW, "s")])
    assert read(state, "price_fit.own").tolist() == [0] * ITEMS
    assert read(shop([Act(0, "purchase", 0, NOW)]), "price_fit.above", None).tolist() == [0] * ITEMS


def test_what_was_paid_stands_for_a_price_that_the_catalog_does_not_have():
    state = shop([Act(1, "purchase", 4, NOW, price=math.e)])
    state.apply(run_of([Act(0, "like", 0, NOW)], state.cursor + 1, name=False))
    assert read(state, "price_fit.above")[4] == pytest.approx(2 - read(state, "price_fit.own")[0], rel=1e-4)
