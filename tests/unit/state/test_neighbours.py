"""What goes together, counted while serving."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.item import Item
from lingxi.features._feature import DAY
from lingxi.state._neighbours import nearest_by, taken_out
from lingxi.state.state import State
from runs import ITEMS, Act, run_of


def shop(acts: list[Act]) -> State:
    """The state of a shop in which every item is for sale."""
    state = State.empty()
    state.apply(run_of(acts))
    for no in range(ITEMS):
        state.items.post(Item(id=f"item-{no}"), 0)
    return state


def test_what_is_bought_in_one_basket_goes_together():
    # given: three baskets with 0 and 1, one of them with 2; 3 is bought a week later
    baskets = [Act(s, "purchase", i, s * DAY, f"{s}{i}") for s in range(3) for i in (0, 1)]
    state = shop([*baskets, Act(0, "purchase", 2, 0, "two"), Act(0, "purchase", 3, 7 * DAY, "three")])
    # when
    items, scores = state.neighbours(0, "purchase", 8 * DAY, 10)
    # then
    assert items.tolist() == [1, 2]
    assert scores[0] > scores[1] > 0


def test_views_go_together_within_half_an_hour():
    # given
    minute = DAY // 1440
    state = shop([Act(0, "view", 0, 0), Act(0, "view", 1, 10 * minute), Act(0, "view", 2, 50 * minute)])
    # when
    items, _ = state.neighbours(0, "view", DAY, 10)
    # then
    assert items.tolist() == [1]
    assert state.neighbours(0, "purchase", DAY, 10)[0].tolist() == []


def test_what_is_not_for_sale_is_no_neighbour():
    # given
    state = shop([Act(0, "purchase", 0, 0), Act(0, "purchase", 1, 0), Act(0, "purchase", 2, 0)])
    # when
    state.items.post(Item(id="item-1", stock=0), 0)
    # then
    assert state.neighbours(0, "purchase", DAY, 10)[0].tolist() == [2]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0.0, 6.0])), max_size=30), st.integers(0, 8))
def test_the_nearest_are_those_that_numpy_sorts_first(told: list[tuple[int, float]], n: int) -> None:
    """Given counts with ties, when the nearest few are asked for, then they are the first of a whole sort."""
    items = np.arange(len(told), dtype=np.int32)[::-1].copy()
    counts = np.array([count for count, _ in told], np.float32)
    popularity = np.array([each for _, each in told], np.float32)
    scores = counts / np.sqrt(popularity + np.float32(10.0))

    found, nearness = nearest_by(items, counts, popularity, n)

    order = np.lexsort((items, -scores))[:n]
    assert found.tolist() == items[order].tolist()
    np.testing.assert_array_equal(nearness, scores[order])


def test_what_is_taken_out_leaves_nothing_behind() -> None:
    """Given counts of three items of which one is not listed, when they are taken out, then the others are told, and
    the next count begins at zero."""
    scratch = np.array([0.0, 2.0, 3.0, 4.0], np.float32)
    listed = np.array([True, True, False, True])

    items, counts = taken_out(scratch, np.array([3, 2, 1], np.int32), listed)

    assert items.tolist() == [3, 1]
    assert counts.tolist() == [4.0, 2.0]
    assert scratch.tolist() == [0.0] * 4
