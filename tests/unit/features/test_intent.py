"""What a visit is after: its last search and the categories of its last acts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lingxi.domain.item import Item
from lingxi.features._feature import DAY, HOUR
from lingxi.state.state import State
from runs import ITEMS, Act, run_of

NOW = 100 * DAY
TITLES = [
    ("Green tea", "绿茶", "Tea"),
    ("Oolong tea", "乌龙茶", "Tea"),
    ("Milk", "牛奶", "Dairy"),
    ("Green beans", "四季豆", "Vegetables"),
    ("", "", ""),
]


def shop(acts: list[Act]) -> State:
    """Five items in a shop, and a stub."""
    state = State.empty()
    state.apply(run_of([*acts, Act(-1, "view", -1, 0)]))
    for no, (title, title_zh, category) in enumerate(TITLES):
        state.items.post(Item(id=f"item-{no}", title=title, title_zh=title_zh, category=category), 0)
    return state


def read(state: State, name: str, session: str | None = None) -> np.ndarray:
    """Of shopper 0 for every item."""
    return state.shopper("shopper-0", session).toward(name, np.arange(ITEMS), NOW)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Green TEA", [1, 0.5, 0, 0.5, 0, 0]),
        ("乌龙茶", [0, 1, 0, 0, 0, 0]),
        ("绿茶", [1, 0, 0, 0, 0, 0]),
        ("dairy", [0, 0, 1, 0, 0, 0]),
        ("submarine", [0, 0, 0, 0, 0, 0]),
    ],
)
def test_an_item_has_a_part_of_the_last_query(query: str, found: list[float]):
    acts = [Act(0, "search", -1, NOW - HOUR, "old", query="milk"), Act(0, "search", -1, NOW, "new", query=query)]
    assert read(shop(acts), "intent.query") == pytest.approx(found)
    assert read(shop(acts[::-1]), "intent.query") == pytest.approx(found)


def test_a_search_fades_and_one_without_words_is_none():
    acts = [Act(0, "search", -1, NOW - HOUR // 2, query="milk"), Act(0, "search", -1, NOW, "b", query="  ")]
    assert read(shop(acts), "intent.query")[2] == pytest.approx(1 / math.e)
    assert read(shop([Act(0, "view", 1, NOW)]), "intent.query").tolist() == [0] * ITEMS


def test_the_visits_categories_are_those_of_its_last_acts():
    # given: milk yesterday; two looks at tea and one at beans, half an hour ago
    then = NOW - HOUR // 2
    acts = [Act(0, "purchase", 2, NOW - DAY), Act(0, "view", 0, then), Act(0, "click", 1, then)]
    state = shop([*acts, Act(0, "view", 3, then, "beans"), Act(0, "dismiss", 2, NOW), Act(0, "view", 4, NOW, "none")])
    # then
    fade = 1 / math.e
    part = np.array([2, 2, 0, 1, 0, 0]) * fade / (3 * fade + 1)
    np.testing.assert_allclose(read(state, "intent.category"), part, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(read(state, "intent.latest"), [fade, fade, 0, fade, 0, 0], rtol=1e-6, atol=1e-12)


def test_of_a_user_and_a_session_the_later_search_counts():
    run = run_of([Act(0, "search", -1, NOW - HOUR, query="milk"), Act(1, "search", -1, NOW, query="beans")])
    run.new_shoppers.update({1: "s:visit"})
    state = State.empty()
    state.apply(run)
    for no, (title, *_) in enumerate(TITLES):
        state.items.post(Item(id=f"item-{no}", title=title), 0)
    assert read(state, "intent.query", "visit") == pytest.approx([0, 0, 0, 1, 0, 0])
    assert read(state, "intent.query")[2] == pytest.approx(math.exp(-2))
