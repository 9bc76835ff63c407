"""What the state keeps of each shopper, and what a checkpoint holds."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.domain.event import KINDS
from lingxi.features._feature import DAY, Column
from lingxi.state import state as state_module
from lingxi.state._blocks import Blocks
from lingxi.state.checkpoint import arrays_of, digest, state_of
from lingxi.state.shopper import positions
from lingxi.state.state import State
from runs import ITEMS, SHOPPERS, Act, run_of

NOW = 400 * DAY


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


def test_the_past_takes_no_rows_of_pairs_until_somebody_asks(monkeypatch: pytest.MonkeyPatch):
    # given: an import, of whose shoppers one did more than a history keeps and one was shown something
    monkeypatch.setattr(state_module, "BULK", 1)
    monkeypatch.setattr(state_module, "HISTORY", 4)
    acts = [Act(0, "purchase", k % 3, NOW - k * DAY, str(k)) for k in range(5)]
    acts += [Act(1, "impression", 1, NOW - DAY), Act(2, "purchase", 2, NOW - DAY), Act(3, "view", 4, NOW - DAY)]
    state = State.empty()
    state.apply(run_of(acts))
    # then: only of these two there are rows, in memory and in a checkpoint
    assert [state.pairs.blocks.slice(no).stop - state.pairs.blocks.slice(no).start for no in range(4)] == [3, 1, 0, 0]
    saved = arrays_of(state)[0]["pairs.owners.count"]
    assert saved.tolist() == [3, 1]
    # when one of the others is asked for, and acts again
    view = state.shopper("shopper-2", None)
    assert view.pair("own_frequency.count", NOW).tolist() == [1.0]
    state.apply(run_of([Act(2, "purchase", 2, NOW, "again")], state.cursor + 1, name=False))
    # then: it counts on, and its row is not saved, for the history tells it
    assert state.shopper("shopper-2", None).pair("purchase_cycle.repeats", NOW).tolist() == [1.0]
    assert arrays_of(state)[0]["pairs.owners.count"].tolist() == [3, 1, 0]


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


def test_a_block_that_was_left_is_given_to_the_next_of_its_length():
    blocks = Blocks((Column("at", "int64", -1),))
    for owner in range(100):
        blocks.reserve(owner, 4)
        blocks.rows.arrays["at"][blocks.slice(owner).start] = owner
        blocks.owners.arrays["count"][owner] = 1
        # Each grows once: the next takes the place of what it left.
        blocks.reserve(owner, 5)
    assert blocks.rows.size == 100 * 8 + 4
    assert [int(blocks.rows.arrays["at"][blocks.slice(owner)][0]) for owner in range(100)] == list(range(100))
    blocks.reserve(100, 4)
    start = int(blocks.owners.arrays["start"][100])
    assert blocks.rows.arrays["at"][start : start + 4].tolist() == [-1] * 4
