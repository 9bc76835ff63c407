"""State is a function of a set: the order in which changes come, and how they are grouped, makes no difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.event import KINDS
from lingxi.features._feature import DAY
from lingxi.state import state as state_module
from lingxi.state.checkpoint import arrays_of, digest, state_of
from lingxi.state.shopper import positions
from lingxi.state.state import State
from runs import ITEMS, SHOPPERS, Act, run_of

NOW = 400 * DAY

acts = st.lists(
    st.builds(
        Act,
        shopper=st.integers(0, SHOPPERS - 1),
        kind=st.sampled_from(KINDS),
        item=st.integers(-1, ITEMS - 1),
        at=st.integers(0, 399 * 24).map(lambda hours: hours * DAY // 24),
        name=st.uuids().map(str),
    ),
    max_size=120,
)


def fold(events: list[Act], pieces: int, few: int) -> State:
    """The state of the events, taken in so many pieces; runs shorter than `few` go through the interpreted kernels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state_module, "FEW", few)
        state = State.empty()
        state.apply(run_of(events[:1], 1))
        size = max(1, len(events) // pieces)
        for start in range(1, len(events), size):
            state.apply(run_of(events[start : start + size], start + 1, name=False))
    return state


def reads(state: State) -> dict[str, np.ndarray]:
    """Every read of every feature, and every list, in the order of numbers."""
    found: dict[str, np.ndarray] = {}
    for feature in state.features.values():
        for read in feature.reads:
            name = f"{feature.name}.{read}"
            if feature.scope == "item":
                found[name] = state.item_feature(name, np.arange(len(state.items.ids)), NOW)
            elif feature.scope == "shopper":
                found[name] = state.shopper_feature(name, np.arange(len(state.shopper_ids)), NOW)
            else:
                found[name] = np.concatenate([_pairs(state, no, name) for no in range(len(state.shopper_ids))])
    for no in range(len(state.shopper_ids)):
        view = state.shopper(f"shopper-{no}", None)
        assert view is not None
        found[f"history {no}"] = np.stack([np.asarray(c, np.float64) for c in state.histories.of(no)])
    return found


def _pairs(state: State, no: int, name: str) -> np.ndarray:
    view = state.shopper(f"shopper-{no}", None)
    assert view is not None
    order = np.argsort(view.pair_items)
    return view.pair(name, NOW)[order]


@settings(max_examples=25, deadline=None)
@given(events=acts, seed=st.randoms(), pieces=st.integers(1, 9), few=st.sampled_from([1, 10_000]))
def test_any_order_in_any_pieces_compiled_or_not_gives_the_same_reads(events, seed, pieces, few):
    # given: events taken one by one in the order in which they came
    if not events:
        return
    once = fold(events, len(events), 10_000)
    # when: the same events come in another order, in other pieces, through the other kernels
    shuffled = list(events)
    seed.shuffle(shuffled)
    again = fold(shuffled, pieces, few)
    # then: every feature and every list reads the same
    expected, found = reads(once), reads(again)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-9, err_msg=name)
    assert digest(once) == digest(again)


def test_a_run_that_was_taken_already_changes_nothing():
    # given
    events = [Act(0, "view", 1, 5 * DAY), Act(1, "purchase", 2, 6 * DAY)]
    state = State.empty()
    state.apply(run_of(events))
    before = digest(state)
    # when
    state.apply(run_of(events))
    # then
    assert digest(state) == before
    assert state.cursor == 2


def test_a_history_keeps_the_newest_whatever_comes_last():
    # given: more acts than are kept, the oldest of them last
    state = State.empty()
    events = [Act(0, "view", k % ITEMS, k * DAY // 24, str(k)) for k in range(state_module.HISTORY + 50)]
    state.apply(run_of(events[::-1]))
    # when
    history = state.shopper("shopper-0", None).history()
    # then
    assert len(history) == state_module.HISTORY
    assert history.at.tolist() == [event.at for event in events[50:]]


def test_impressions_leave_no_trace_in_the_history_but_tire():
    # given
    state = State.empty()
    state.apply(run_of([Act(0, "view", 1, NOW - DAY)] + [Act(0, "impression", 2, NOW - k, str(k)) for k in range(5)]))
    # when
    view = state.shopper("shopper-0", None)
    # then
    assert view.history().item.tolist() == [1]
    shown = view.pair("fatigue.shown", NOW)
    assert shown[positions(view, np.array([2]))[0]] == pytest.approx(5, rel=1e-3)
    assert positions(view, np.array([5]))[0] == -1


def test_a_guest_who_signs_in_brings_what_she_looked_at():
    # given: a session of a guest and the history of a user
    run = run_of([Act(0, "view", 1, 10), Act(1, "view", 2, 20), Act(0, "view", 3, 30)])
    run.new_shoppers[1] = "s:visit"
    state = State.empty()
    state.apply(run)
    # when
    joined = state.shopper("shopper-0", "visit")
    # then
    assert joined.history().item.tolist() == [1, 2, 3]
    assert joined.seq == 3
    assert state.shopper(None, "visit").history().item.tolist() == [2]
    assert state.shopper("nobody", None) is None


def test_a_checkpoint_holds_the_whole_state():
    # given
    rng = np.random.default_rng(1)
    events = [
        Act(
            int(rng.integers(SHOPPERS)),
            str(rng.choice(KINDS)),
            int(rng.integers(ITEMS)),
            int(rng.integers(NOW)),
            str(k),
        )
        for k in range(500)
    ]
    state = State.empty()
    state.apply(run_of(events))
    # when
    back = state_of(*arrays_of(state))
    more = run_of([Act(2, "purchase", 3, NOW, f"more {k}") for k in range(40)], 501, name=False)
    back.apply(more)
    state.apply(more)
    # then
    assert back.cursor == state.cursor
    assert digest(back) == digest(state)
