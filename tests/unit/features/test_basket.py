"""How an item goes with what is in the cart."""

from __future__ import annotations

import json

import numpy as np
import pytest

from learning_shop import DAY as LEARNT_DAY
from learning_shop import START, interactions
from lingxi.domain.history import Goods
from lingxi.domain.item import Item
from lingxi.features._feature import DAY
from lingxi.features.basket import MOST, measure
from lingxi.state.state import State
from runs import ITEMS, Act, run_of

NOW = 100 * DAY
CATEGORIES = ["tea", "tea", "milk", "nails", "", ""]


def goods() -> Goods:
    """Six items in three categories, two in none."""
    return Goods(
        ids=[f"item-{no}" for no in range(ITEMS)],
        category=np.array([0, 0, 1, 2, -1, -1], np.int32),
        categories=["tea", "milk", "nails"],
        price=np.full(ITEMS, np.nan, np.float32),
        listed=np.ones(ITEMS, np.bool_),
    )


def bought() -> dict:
    """Statistics of a hundred baskets of tea with milk, and of a hundred of nails, some of those with tea by chance."""
    together = [(who, item, day) for who in range(100) for day, item in ((who % 7, 0), (who % 7, 2))]
    apart = [(who, item, 20) for who in range(100) for item in ((3, 1) if who < 10 else (3,))]
    return json.loads(json.dumps(measure(interactions([*together, *apart]), goods())))


def shop(acts: list[Act]) -> State:
    """A shop whose categories are numbered otherwise than in training."""
    state = State.empty()
    state.apply(run_of([*acts, Act(-1, "search", -1, 0)]))
    for no in (3, 2, 1, 0, 4):
        state.items.post(Item(id=f"item-{no}", category=CATEGORIES[no]), 0)
    return state


def read(state: State, name: str, statistics: dict | None = None) -> np.ndarray:
    """Of shopper 0 for every item."""
    found = {"basket": statistics} if statistics is not None else None
    return state.shopper("shopper-0", None).toward(name, np.arange(ITEMS), NOW, found)


def test_what_is_bought_together_goes_together():
    # given
    statistics = bought()
    assert START > LEARNT_DAY
    # when: tea is in the cart
    found = read(shop([Act(0, "add_to_cart", 0, NOW)]), "basket.complement", statistics)
    # then: milk goes with it, nails do not, tea with tea and what has no category say nothing
    assert found[2] == pytest.approx(np.log(105 / (110 * 100 / 200 + 5)), abs=1e-3)
    assert found[3] < -0.5
    assert found[[0, 1, 4, 5]].tolist() == [0, 0, 0, 0]


def test_the_mean_is_over_the_whole_cart():
    statistics = bought()
    tea, other = Act(0, "add_to_cart", 0, NOW), Act(0, "add_to_cart", 4, NOW, "b")
    one, two = (read(shop(acts), "basket.complement", statistics) for acts in ([tea], [tea, other]))
    assert two[2] == pytest.approx(one[2] / 2)


def test_the_cart_is_what_was_put_in_and_neither_taken_out_nor_bought():
    acts = [Act(0, "add_to_cart", item, NOW - 100 + item, str(item)) for item in (0, 1, 2, 3)]
    gone = [Act(0, "remove_from_cart", 2, NOW - 5), Act(0, "purchase", 3, NOW - 5), Act(0, "view", 2, NOW)]
    state = shop([*acts, *gone])
    assert read(state, "basket.size").tolist() == [2] * ITEMS
    assert read(state, "basket.share").tolist() == [1, 1, 0, 0, 0, 0]
    again = [Act(0, "add_to_cart", 2, NOW - 4, "again"), Act(0, "add_to_cart", 0, NOW - 3, "twice")]
    state.apply(run_of(again, state.cursor + 1, name=False))
    assert read(state, "basket.size").tolist() == [3] * ITEMS
    assert read(state, "basket.share") == pytest.approx([2 / 3, 2 / 3, 1 / 3, 0, 0, 0])


def test_an_empty_cart_and_a_bundle_without_statistics_say_nothing():
    assert read(shop([Act(0, "view", 0, NOW)]), "basket.complement", bought()).tolist() == [0] * ITEMS
    assert read(shop([Act(0, "add_to_cart", 0, NOW)]), "basket.complement").tolist() == [0] * ITEMS
    assert measure(interactions([]), goods()) == {}


def test_of_a_cart_without_end_the_newest_are_read():
    run = run_of([Act(0, "add_to_cart", k, NOW + k, str(k)) for k in range(MOST + 9)])
    run.new_items.update({k: f"item-{k}" for k in range(MOST + 9)})
    state = State.empty()
    state.apply(run)
    assert read(state, "basket.size")[0] == MOST
