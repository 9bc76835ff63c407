"""What a live history keeps of searches and ratings is what a snapshot says of them, at next to no cost."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.change import Type
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import History
from lingxi.domain.rating import UNTOLD, VALUES, code_of, codes_of
from lingxi.domain.traits import traits_of
from lingxi.domain.user import Trait, User
from lingxi.domain.words import query_of
from lingxi.state.checkpoint import arrays_of, digest, state_of
from lingxi.state.state import State
from runs import Act, run_of

SECOND = 1_000_000
ACTS = [
    Act(0, "view", 1, 1 * SECOND),
    Act(0, "search", -1, 2 * SECOND, query="red shoes"),
    Act(0, "rate", 2, 3 * SECOND, value=4.0),
    Act(1, "search", -1, 4 * SECOND, query="blue shirt"),
    Act(0, "search", -1, 5 * SECOND, query="blue shirt"),
    Act(0, "review", 2, 6 * SECOND),
    Act(0, "purchase", 3, 7 * SECOND, value=9.0),
    Act(0, "search", -1, 8 * SECOND),
]

MEMBER = User(id="shopper-0", traits={"plan": Trait("silver"), "income": Trait("50-74K", sensitive=True)})


def folded(acts: list[Act], *, compiled: bool) -> State:
    state = State.empty()
    state.apply(run_of(acts), compiled=compiled)
    return state


def history_of(state: State) -> History:
    view = state.shopper("shopper-0", None)
    assert view is not None
    return view.history()


@pytest.mark.parametrize("compiled", [False, True])
def test_searches_and_ratings_are_in_the_history(compiled: bool) -> None:
    """Given views, searches and ratings, folded one by one or at once, the history tells which words and stars."""
    history = history_of(folded(ACTS, compiled=compiled))

    assert history.item.tolist() == [1, -1, 2, -1, 2, 3, -1]
    assert history.query.tolist() == [0, query_of("red shoes"), 0, query_of("blue shirt"), 0, 0, 0]
    assert VALUES[history.rated][2] == 4.0
    assert np.flatnonzero(history.rated).tolist() == [2]


def test_a_session_s_searches_join_those_of_the_user() -> None:
    """Given a user and a session, their acts lie in order of time with what each searched for."""
    view = folded(ACTS, compiled=True).shopper("shopper-0", None)
    assert view is not None
    view.session = 1

    assert view.history().query[3] == query_of("blue shirt")
    assert len(view.history()) == 8


def test_what_is_told_survives_a_checkpoint_and_goes_on() -> None:
    """Given a checkpoint after the fifth act, the state that goes on from it equals the one that never stopped."""
    whole = folded(ACTS, compiled=True)
    begun = folded(ACTS[:5], compiled=True)

    loaded = state_of(*arrays_of(begun))
    loaded.apply(run_of(ACTS[5:], first=6, name=False))

    assert digest(loaded) == digest(whole)
    assert history_of(loaded).query.tolist() == history_of(whole).query.tolist()


def test_traits_are_those_of_the_newest_version_and_survive_a_checkpoint() -> None:
    """Given two versions of a user, the history tells what of the second is not sensitive; the shopper's `seq` moves,
    so that what was made of them is made anew."""
    state = folded(ACTS, compiled=True)
    before = state.shopper("shopper-0", None)
    assert before is not None
    seq = before.seq
    versions = [User(id="shopper-0", traits={"plan": Trait("gold"), "size": Trait(3)}), MEMBER]
    for place, user in enumerate(versions):
        run = run_of([Act(0, "view", 1, 9 * SECOND)], first=len(ACTS) + 1 + place, name=False)
        state.apply(replace(run, type=np.full(1, Type.USER, np.int8), kind=np.full(1, -1, np.int8), entries={0: user}))

    view = state.shopper("shopper-0", None)

    assert view is not None
    assert view.seq > seq
    assert view.history().traits.tolist() == traits_of(MEMBER).tolist() != []
    assert len(view.history()) == 7
    assert history_of(state_of(*arrays_of(state))).traits.tolist() == traits_of(MEMBER).tolist()
    assert digest(state_of(*arrays_of(state))) == digest(state) != digest(folded(ACTS, compiled=True))


def test_another_query_and_another_rating_are_another_state() -> None:
    searched = [ACTS[0], Act(0, "search", -1, 2 * SECOND, "a", query="red shoes")]
    other = [ACTS[0], Act(0, "search", -1, 2 * SECOND, "a", query="red shirt")]
    rated = [Act(0, "rate", 1, SECOND, "b", value=4.0)]
    worse = [Act(0, "rate", 1, SECOND, "b", value=2.0)]

    assert digest(folded(searched, compiled=True)) != digest(folded(other, compiled=True))
    assert history_of(folded(rated, compiled=True)).rated != history_of(folded(worse, compiled=True)).rated


def test_one_query_is_kept_once() -> None:
    """Given the same query of many shoppers, it has one place."""
    state = folded([Act(who, "search", -1, who * SECOND, query="red shoes") for who in range(4)], compiled=True)

    assert len(arrays_of(state)[0]["queries.words"]) == 1


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(math.nan)), max_size=20))
def test_one_rating_is_coded_as_many_are(values: list[float]) -> None:
    kind = KIND_CODE["rate"]

    together = codes_of(np.full(len(values), kind, np.int8), np.array(values))

    assert together.tolist() == [code_of(kind, value) for value in values]


@pytest.mark.parametrize("value", [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 3.5, 4.0, 4.5, 5.0, 7.0, 10.0, 72.0, 80.0])
def test_usual_ratings_are_kept_as_they_are(value: float) -> None:
    assert VALUES[code_of(KIND_CODE["review"], value)] == value


def test_only_ratings_are_coded() -> None:
    assert code_of(KIND_CODE["purchase"], 5.0) == UNTOLD
    assert code_of(KIND_CODE["rate"], math.nan) == UNTOLD
