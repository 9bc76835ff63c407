"""What a shopper is drawn to is known by what they did with items of the same category, brand and seller."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lingxi.domain.item import Item
from lingxi.features._feature import DAY
from lingxi.state.state import State
from runs import ITEMS, Act, run_of

NOW = 100 * DAY
GROUPS = ["tea", "tea", "milk", "milk", "", ""]


def shop(acts: list[Act], group: str) -> State:
    """Items of two groups and of none; item 5 is a stub."""
    state = State.empty()
    state.apply(run_of([*acts, Act(-1, "search", -1, 0)]))
    for no, name in enumerate(GROUPS[:5]):
        state.items.post(Item(id=f"item-{no}", **{group: name}), 0)
    return state


def read(state: State, name: str) -> np.ndarray:
    """Of shopper 0 for every item."""
    return state.shopper("shopper-0", None).toward(name, np.arange(ITEMS), NOW)


@pytest.mark.parametrize("group", ["category", "brand", "seller"])
def test_a_purchase_draws_to_all_of_its_group_and_fades(group: str):
    # given: a purchase of tea one life ago, milk in the cart now, and what is of no group
    acts = [Act(0, "purchase", 0, NOW - 28 * DAY), Act(0, "add_to_cart", 3, NOW), Act(0, "purchase", 4, NOW)]
    state = shop([*acts, Act(0, "search", -1, NOW), Act(0, "purchase", 5, NOW, "stub"), Act(1, "like", 1, NOW)], group)
    # then
    tea, milk = 1 / math.e, 0.5
    assert read(state, f"{group}_affinity.weight") == pytest.approx([tea, tea, milk, milk, 0, 0])
    whole = tea + milk + 1
    assert read(state, f"{group}_affinity.share") == pytest.approx(np.array([tea, tea, milk, milk, 0, 0]) / whole)


def test_one_view_is_no_affinity_and_forty_purchases_are():
    views = shop([Act(0, "view", 0, NOW)], "brand")
    often = shop([Act(0, "purchase", 0, NOW, str(k)) for k in range(40)], "brand")
    assert read(views, "brand_affinity.share")[1] < 0.1
    assert read(often, "brand_affinity.share")[1] > 0.95


def test_a_session_and_its_user_are_drawn_together():
    # given: a user who bought tea, and in this visit, not yet logged in, put milk into the cart
    state = State.empty()
    run = run_of([Act(0, "purchase", 0, NOW), Act(1, "add_to_cart", 2, NOW)])
    run.new_shoppers.update({0: "u:ann", 1: "s:visit"})
    state.apply(run)
    for no, name in enumerate(GROUPS[:5]):
        state.items.post(Item(id=f"item-{no}", brand=name), 0)
    # then
    weight = state.shopper("ann", "visit").toward("brand_affinity.weight", np.arange(ITEMS), NOW)
    assert weight == pytest.approx([1, 1, 0.5, 0.5, 0, 0])
