"""What is dear is dear among its like; what the training window said decides."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from lingxi.domain.history import Goods, Interactions
from lingxi.domain.item import Item
from lingxi.features._feature import DAY
from lingxi.state.state import State
from lingxi.state.statistics import measure
from runs import ITEMS, Act, run_of

NOW = 100 * DAY
NOTHING = Interactions(
    **{name: np.empty(0, np.int64) for name in ("at", "received", "tie")},
    **{name: np.empty(0, np.int32) for name in ("shopper", "item")},
    kind=np.empty(0, np.int8),
    **{name: np.empty(0, np.float32) for name in ("quantity", "price")},
    marked=np.empty(0, np.bool_),
)


def goods(prices: list[float], categories: list[int]) -> Goods:
    """A catalog of two categories."""
    return Goods(
        ids=[f"item-{no}" for no in range(len(prices))],
        category=np.array(categories, np.int32),
        categories=["milk", "wine"],
        price=np.array(prices, np.float32),
        listed=np.ones(len(prices), np.bool_),
    )


def shop(prices: list[float | None], categories: list[str], acts: list[Act]) -> State:
    """A state in which items are posted, categories in the order of the items."""
    state = State.empty()
    state.apply(run_of([*acts, Act(-1, "search", -1, 0)]))
    for no, (price, category) in enumerate(zip(prices, categories, strict=True)):
        state.items.post(Item(id=f"item-{no}", price=price, category=category), 0)
    return state


def level(state: State, statistics: dict | None) -> np.ndarray:
    """The level of every item."""
    return state.item_feature("price.level", np.arange(ITEMS), NOW, statistics)


def test_a_price_is_read_among_those_of_its_category():
    # given: statistics of cheap milk and dear wine, as a bundle brings them
    measured = measure(NOTHING, goods([1, 1.2, 1.1, 9, 11, 10] * 20, [0, 0, 0, 1, 1, 1] * 20))
    statistics = json.loads(json.dumps(measured))
    # when: a shop whose categories are numbered otherwise sells both
    state = shop([10, 9, 11, 1.1, 2.0, None], ["wine"] * 3 + ["milk"] * 3, [])
    # then: ten is average for wine, two is dear for milk, and what has no price is average
    found = level(state, statistics)
    assert abs(found[0]) < 0.3
    assert found[1] < found[0] < found[2]
    assert found[4] > 1
    assert found[5] == 0


def test_without_statistics_nothing_is_dear():
    assert level(shop([1, 2, 3, 4, 5, 6], ["milk"] * 6, []), None).tolist() == [0] * ITEMS
    assert measure(NOTHING, goods([], []))["price"] == {}


def test_an_item_without_a_price_is_taken_at_what_was_paid():
    # given
    acts = [Act(0, "purchase", 0, NOW - k, str(k), price) for k, price in enumerate((4.0, 9.0, 0.0, math.nan))]
    state = shop([None, 6.0, None, None, None, None], ["wine"] * 6, acts)
    statistics = measure(NOTHING, goods([3, 12], [1, 1]))
    # then
    paid = state.item_feature("price.paid", np.arange(2), NOW)
    assert paid[0] == pytest.approx(6.0, rel=1e-5)
    assert math.isnan(paid[1])
    found = level(state, statistics)
    assert found[0] == pytest.approx(found[1], abs=1e-4)


def test_what_was_paid_in_the_window_is_what_is_measured():
    # given: the catalog says one, shoppers paid e²
    past = NOTHING.where(slice(0))
    columns = {name: np.zeros(8, column.dtype) for name, column in past.columns().items()}
    columns |= {"kind": np.full(8, 5, np.int8), "price": np.full(8, math.e**2, np.float32)}
    # when
    statistics = measure(Interactions(**columns), goods([1.0], [0]))
    # then
    assert statistics["price"]["mean"] == pytest.approx(2.0, abs=1e-5)
