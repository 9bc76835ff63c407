"""A shopper's row says what the state says of them, whatever they did, packed and unpacked."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.event import KINDS
from lingxi.features._feature import DAY
from lingxi.state.row import Rows, RowView, seq_of
from lingxi.state.shopper import ShopperView
from lingxi.state.state import State
from runs import ITEMS, SHOPPERS, Act, run_of

START = 20_000 * DAY
NOW = START + 40 * DAY
EVERY = np.arange(ITEMS, dtype=np.int32)

acts = st.lists(
    st.builds(
        Act,
        shopper=st.integers(0, SHOPPERS - 1),
        kind=st.sampled_from(KINDS),
        item=st.integers(-1, ITEMS - 1),
        at=st.integers(0, 400).map(lambda k: START + k * DAY // 10),
        price=st.floats(0.5, 9.0),
        list_price=st.floats(0.5, 9.0),
        query=st.sampled_from(["", "green tea", "龙井茶"]),
    ),
    min_size=1,
    max_size=40,
)


def reads(view: ShopperView, state: State) -> dict[str, Any]:
    """All that a slate can ask of a shopper; of pairs by item."""
    history = view.history()
    found: dict[str, Any] = {
        each: getattr(history, each) for each in ("at", "item", "kind", "query", "rated", "traits")
    }
    order = np.argsort(view.pair_items)
    found["met"] = view.pair_items[order]
    for feature in state.features.values():
        for read in feature.reads:
            name = f"{feature.name}.{read}"
            if feature.scope == "pair":
                found[name] = view.pair(name, NOW)[order]
            elif feature.scope == "shopper":
                found[name] = view.feature(name, NOW)
            elif feature.scope == "history":
                found[name] = view.toward(name, EVERY, NOW)
    found["cart"] = np.sort(view.cart(NOW))
    return found


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Both say the same, to a float's last digits."""
    assert one.keys() == other.keys()
    for name, told in one.items():
        np.testing.assert_allclose(told, other[name], rtol=1e-5, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(acts, st.integers(0, 40), st.sampled_from([3, 512]))
def test_a_row_says_what_the_state_says(done: list[Act], cut: int, limit: int) -> None:
    state = State.empty()
    state.histories.limit = state.histories.blocks.limit = limit
    for first, part in ((0, done[:cut]), (len(done[:cut]), done[cut:])):
        if part:
            state.apply(run_of(part, first + 1))
    rows = Rows(state)
    packed = {no: rows.packed(rows.of(state, no)) for no in range(SHOPPERS)}
    for user, guest in ((0, -1), (1, 2), (3, -1)):
        own, joined = (None if no < 0 else rows.unpacked(packed[no]) for no in (user, guest))
        assert own is not None
        view = ShopperView(state, user, guest)
        assert seq_of(packed[user]) == state.shoppers.arrays["seq"][user]
        same(reads(RowView(state, own, joined), state), reads(view, state))


def test_acts_on_items_that_this_process_does_not_know_yet_are_left_out() -> None:
    ahead, behind = State.empty(), State.empty()
    ahead.apply(run_of([Act(0, "view", item, START + item) for item in range(ITEMS)]))
    run = run_of([Act(0, "view", 0, START)], name=False)
    run.new_items.update({0: "item-0"})
    run.new_shoppers.update({0: "u:shopper-0"})
    behind.apply(run)
    rows = Rows(ahead)
    row = rows.unpacked(rows.packed(rows.of(ahead, 0)))
    assert row is not None
    view = RowView(behind, row)
    assert view.history().item.tolist() == [0]
    assert view.pair_items.tolist() == [0]


def test_a_row_of_another_version_is_no_row() -> None:
    state = State.empty()
    state.apply(run_of([Act(0, "view", 0, START)]))
    rows = Rows(state)
    packed = rows.packed(rows.of(state, 0))
    assert rows.unpacked(packed[:8] + b"another1" + packed[16:]) is None
