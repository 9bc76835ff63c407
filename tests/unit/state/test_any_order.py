"""State is a function of a set: whatever the order, the parts and the way of folding, it says the same."""

from __future__ import annotations

import math
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from every_read import every_read
from lingxi.domain.event import KINDS
from lingxi.domain.item import Item
from lingxi.features._feature import DAY, HOUR
from lingxi.state import state as state_module
from lingxi.state.checkpoint import arrays_of, digest, state_of
from lingxi.state.shopper import ShopperView
from lingxi.state.state import State
from runs import ITEMS, SHOPPERS, Act, run_of

START = 20_000 * DAY
NOW = START + 40 * DAY
STATISTICS: dict[str, Any] = {"price": {"mean": 1.0, "spread": 0.5, "categories": {"c1": [1.5, 0.4]}}}
"""What a bundle knows of the shop's features."""
PARTED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Few distinct times, so that baskets, equal times and late acts are common.
times = st.one_of(
    st.integers(0, 6).map(lambda k: START + k * 5 * DAY),
    st.integers(0, 40 * 24).map(lambda k: START + k * HOUR + k),
)
act_parts = st.tuples(
    st.integers(-1, SHOPPERS - 1),
    st.sampled_from(KINDS),
    st.integers(-1, ITEMS - 1),
    times,
    st.floats(0.01, 500.0),
    st.one_of(st.just(math.nan), st.floats(0.01, 500.0)),
    st.one_of(st.just(math.nan), st.floats(1.0, 5.0)),
    st.one_of(st.just(math.nan), st.floats(0.5, 9.0)),
    st.sampled_from(["", "b", "c1 tea", "c0 bb 龙井茶"]),
)


ways = st.sampled_from(["interpreted", "compiled", "past"])
"""How a part is folded: one by one, at once, or as what is long past."""
limits = st.sampled_from([3, 512])
"""How many acts a history keeps."""


@st.composite
def told_twice(draw: st.DrawFn) -> tuple[list[Act], list[Act], list[int], list[str]]:
    """Acts in order of time, the same acts in any order, where to part them, and how each part is folded."""
    parts = draw(st.lists(act_parts, min_size=1, max_size=60))
    acts = [Act(*part[:4], f"e{k}", *part[4:]) for k, part in enumerate(parts)]
    cuts = sorted(draw(st.sets(st.integers(1, len(acts)), max_size=4)) | {len(acts)})
    folds = draw(st.lists(ways, min_size=len(cuts), max_size=len(cuts)))
    in_order = sorted(acts, key=lambda act: act.at)
    return in_order, draw(st.permutations(acts)), cuts, folds


def fresh(limit: int) -> State:
    """A state that knows the shoppers and has every item posted."""
    with patch.object(state_module, "HISTORY", limit):
        state = State.empty()
    state.apply(run_of([Act(-1, "search", -1, START, "first")]))
    for number in range(ITEMS):
        state.items.post(
            Item(id=f"item-{number}", category=f"c{number % 2}", brand="b" * (number % 3), price=1.0 + number, stock=9),
            START,
        )
    return state


def fold(state: State, acts: list[Act], way: str) -> None:
    """Folds these acts into the state."""
    with patch.object(state_module, "BULK", 1 if way == "past" else 512):
        state.apply(run_of(acts, state.cursor + 1, name=False), compiled=way != "interpreted")


def folded(acts: list[Act], cuts: list[int], folds: list[str], limit: int) -> State:
    """The state after these acts, part by part."""
    state, start = fresh(limit), 0
    for end, way in zip(cuts, folds, strict=True):
        fold(state, acts[start:end], way)
        start = end
    return state


def reads(state: State, now: int) -> dict[str, np.ndarray]:
    """Every read of every feature, history, cart and neighbour list, by name, in order of numbers."""
    found = every_read(state, [view_of(state, number) for number in range(SHOPPERS)], ITEMS, now, STATISTICS)
    for number in range(SHOPPERS):
        history = view_of(state, number).history()
        found[f"history {number}"] = np.stack([history.at, history.item, history.kind])
        found[f"cart {number}"] = np.sort(view_of(state, number).cart(now))
    for item in range(ITEMS):
        for group in ("purchase", "view"):
            near, scores = state.neighbours(item, group, now, ITEMS)
            found[f"{group} {item}"] = np.bincount(near, scores, minlength=ITEMS)
    return found


def view_of(state: State, number: int) -> ShopperView:
    """A shopper that there is."""
    view = state.shopper(f"shopper-{number}", None)
    assert view is not None
    return view


def pairs(state: State, number: int, name: str, now: int) -> np.ndarray:
    """A pair feature in order of item number."""
    view = view_of(state, number)
    return view.pair(name, now)[np.argsort(view.pair_items)]


def same_reads(one: State, other: State, now: int) -> None:
    """Whole numbers are equal, faded ones to 1e-5 or both too small to matter."""
    mine, theirs = reads(one, now), reads(other, now)
    for name, value in mine.items():
        np.testing.assert_allclose(theirs[name], value, rtol=1e-5, atol=1e-25, err_msg=name)


@given(told_twice(), limits)
@PARTED
def test_any_order_any_parts_however_folded_reads_the_same(told: tuple, limit: int) -> None:
    in_order, in_any, cuts, folds = told
    # Given a shop whose events came in order of time, one by one.
    one = folded(in_order, [len(in_order)], ["interpreted"], limit)
    # When the same events come in any order, in parts, some of them compiled, some as what is long past.
    other = folded(in_any, cuts, folds, limit)
    # Then every read is equal, now and in between (when some acts lie in the future).
    assert digest(one) == digest(other)
    same_reads(one, other, NOW)
    same_reads(one, other, START + 20 * DAY)
    assert digest(one) == digest(other)


@given(told_twice(), limits)
@PARTED
def test_a_checkpoint_says_the_same_and_can_be_gone_on_from(told: tuple, limit: int) -> None:
    _, acts, _, folds = told
    # Given a state that was saved and loaded in the middle.
    half = len(acts) // 2
    whole = folded(acts, [len(acts)], ["compiled"], limit)
    state = fresh(limit)
    fold(state, acts[:half], folds[0])
    with patch.object(state_module, "HISTORY", limit):
        loaded = state_of(*arrays_of(state))
    assert digest(loaded) == digest(state)
    # When the rest is folded into the loaded one, then it is as if nothing had happened.
    fold(loaded, acts[half:], folds[-1])
    same_reads(whole, loaded, NOW)
    assert digest(whole) == digest(loaded)


def test_a_run_that_is_known_already_changes_nothing() -> None:
    # Given a state that took a run.
    acts = [Act(0, "purchase", 1, START + k * DAY) for k in range(5)]
    state = fresh(512)
    first = state.cursor + 1
    state.apply(run_of(acts, first))
    before = digest(state)
    # When it comes again, whole and overlapping, then only what is new is taken.
    state.apply(run_of(acts, first))
    assert digest(state) == before
    state.apply(run_of([*acts, Act(0, "purchase", 1, START + 9 * DAY)], first))
    assert state.cursor == first + 5
    assert pairs(state, 0, "own_frequency.count", NOW).tolist() == [6.0]
