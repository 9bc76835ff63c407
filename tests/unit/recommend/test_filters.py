"""What must not be shown is not shown, whatever else is asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.slate import Query
from lingxi.recommend.settings import Settings
from small_shop import DAY, HOUR, SmallShop, grocer


def test_stock_and_visibility_count_at_once() -> None:
    """Given a popular item, when it sells out or is hidden, then the next slate is without it; back, it is back."""
    shop = grocer()
    assert "p0" in shop.shown(n=10)
    shop.post("p0", category="Food > Aisle 0", stock=0.0)
    assert "p0" not in shop.shown(n=100)
    shop.post("p0", category="Food > Aisle 0", visible=False)
    assert "p0" not in shop.shown(n=100)
    shop.post("p0", category="Food > Aisle 0", stock=3.0)
    shop.now += 6_000_000
    assert "p0" in shop.shown(n=10)


def test_what_is_in_the_cart_is_not_offered() -> None:
    """Given an item put into the cart, when home and cart are asked, then it is in neither, until it is taken out."""
    shop = grocer()
    shop.send("u:ann", "add_to_cart", "p0")
    assert "p0" not in shop.shown(user="ann", n=100)
    assert "p0" not in shop.shown("cart", user="ann", n=100)
    shop.now += HOUR
    shop.send("u:ann", "remove_from_cart", "p0")
    assert "p0" in shop.shown(user="ann", n=100)


def test_what_was_just_bought_rests_until_it_is_due() -> None:
    """Given a purchase an hour ago, when home is asked, then it is not shown; a week later it is."""
    shop = grocer()
    shop.send("u:ann", "purchase", "p30", at=shop.now - HOUR)
    assert "p30" not in shop.shown(user="ann", n=100)
    shop.now += 7 * DAY
    assert "p30" in shop.shown(user="ann", n=10)


def test_a_dismissal_holds_until_it_is_regretted() -> None:
    """Given a dismissed item, when home is asked, then it is not shown; after a like it is."""
    shop = grocer()
    shop.send("u:ann", "dismiss", "p30")
    assert "p30" not in shop.shown(user="ann", n=100)
    shop.now += HOUR
    shop.send("u:ann", "like", "p30")
    assert "p30" in shop.shown(user="ann", n=100)


def test_what_is_seen_often_without_a_click_rests() -> None:
    """Given ten impressions of an item, when home is asked, then it rests; a guest still sees it."""
    shop = grocer()
    for _ in range(10):
        shop.send("u:new", "impression", "p0")
    assert "p0" not in shop.shown(user="new", n=100)
    assert "p0" in shop.shown(n=100)


def test_each_surface_has_its_own_patience() -> None:
    """Given a surface with settings of its own, when an item was shown three times, or bought two days ago, then it
    rests there and not elsewhere, whichever is asked first."""
    for first, second in (("home", "cart"), ("cart", "home")):
        shop = grocer()
        shop.settings = Settings(surfaces={"cart": {"fatigue_views": 2.0, "just_bought_days": 3.0, "due": 9.0}})
        shop.send("u:ann", "purchase", "p31", at=shop.now - 2 * DAY)
        for _ in range(3):
            shop.send("u:ann", "impression", "p0")
        shown = {surface: shop.shown(surface, user="ann", n=100) for surface in (first, second)}
        assert {"p0", "p31"} <= set(shown["home"])
        assert not {"p0", "p31"} & set(shown["cart"])


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"category": "Food > Aisle 2"}, range(2, 40, 4)),
        ({"price_min": 30.0}, range(29, 40)),
        ({"price_max": 5.0}, range(5)),
        ({"price_min": 3.0, "price_max": 9.0, "exclude": ("p5",)}, [2, 3, 4, 6, 7, 8]),
    ],
)
def test_the_requests_own_bounds_hold_and_are_exhausted(fields: dict[str, object], allowed: range | list[int]) -> None:
    """Given bounds that few items meet, when more are asked for, then exactly those that meet them are shown."""
    shop = grocer()
    assert set(shop.shown(n=100, **fields)) == {f"p{number}" for number in allowed}


def test_a_category_that_there_is_not_is_empty() -> None:
    """Given a category of no item, when it is asked for, then the slate is empty."""
    assert grocer().shown(category="Food > Aisle") == []


ACTS = st.tuples(
    st.sampled_from(["ann", "bob", "eve"]),
    st.sampled_from(["view", "purchase", "add_to_cart", "remove_from_cart", "dismiss", "impression", "like"]),
    st.integers(0, 24),
    st.integers(0, 30 * 24),
)
QUERIES = st.builds(
    Query,
    surface=st.sampled_from(["home", "cart", "buy_again", "trending", "similar", "bought_together"]),
    user=st.sampled_from(["ann", "bob", None]),
    items=st.just(("p1",)),
    n=st.integers(1, 30),
    category=st.sampled_from([None, "Food", "Food > Aisle 1"]),
    price_max=st.sampled_from([None, 12.0]),
    exclude=st.sampled_from([(), ("p0", "p1", "p2", "p3")]),
)


TIRED = Settings(fatigue_views=2.0)
EXPLORING = {"explorer": "thompson", "explore_share": 0.5, "explore_after": 1, "explore_places": 5}
CHOICES = st.sampled_from(
    [
        TIRED,
        Settings(fatigue_views=2.0, reranker="dpp", diversity=0.3, freshness=0.2, repetition=0.3, **EXPLORING),
        Settings(fatigue_views=2.0, surfaces={"similar": {"reranker": "calibrated"}, "cart": {"explorer": "epsilon"}}),
    ]
)


def _shop(acts: list[tuple[str, str, int, int]], sold_out: set[int], chosen: Settings = TIRED) -> SmallShop:
    shop = SmallShop(chosen)
    for number in range(25):
        stock = 0.0 if number in sold_out else None
        shop.post(f"p{number}", category=f"Food > Aisle {number % 4}", price=1.0 + number, stock=stock)
    for user, kind, number, hours in acts:
        shop.send(f"u:{user}", kind, f"p{number}", at=shop.now - hours * HOUR)
    return shop


@settings(max_examples=60, deadline=None)
@given(
    acts=st.lists(ACTS, max_size=40),
    sold_out=st.sets(st.integers(0, 24), max_size=10),
    query=QUERIES,
    chosen=CHOICES,
)
def test_no_slate_breaks_a_rule(
    acts: list[tuple[str, str, int, int]], sold_out: set[int], query: Query, chosen: Settings
) -> None:
    """Given any acts, stock and settings, when any slate is asked, then it has no repeat, nothing that is not to be
    had, nothing outside the request's bounds, is as full as these allow, and asked again it is the same."""
    shop = _shop(acts, sold_out, chosen)
    slate, trace = shop.ask(query)
    shown = [pick.item for pick in slate.picks]
    assert len(set(shown)) == len(shown)
    assert not {f"p{number}" for number in sold_out} & set(shown)
    assert not set(query.exclude) & set(shown)
    numbers = [int(item[1:]) for item in shown]
    assert query.price_max is None or all(1.0 + number <= query.price_max for number in numbers)
    assert query.category != "Food > Aisle 1" or all(number % 4 == 1 for number in numbers)
    removed = {item for items in trace.record().removed.values() for item in items}
    assert not removed & set(shown)
    again, _ = shop.ask(query)
    assert again == slate
    fresh, _ = _shop(acts, sold_out, chosen).ask(query)
    assert fresh == slate


@settings(max_examples=40, deadline=None)
@given(acts=st.lists(ACTS, max_size=40), query=QUERIES, more=st.sets(st.integers(0, 24), min_size=1, max_size=5))
def test_a_filter_more_never_shows_what_it_removes(
    acts: list[tuple[str, str, int, int]], query: Query, more: set[int]
) -> None:
    """Given a slate, when some of the shop's items are excluded as well, then none of them is shown, and a slate that
    was full of others stays as full as the shop allows."""
    shop = _shop(acts, set())
    wide = shop.ask(query)[0].picks
    narrow = shop.ask(Query(**{**_fields(query), "exclude": (*query.exclude, *(f"p{no}" for no in more))}))[0].picks
    assert not {f"p{number}" for number in more} & {pick.item for pick in narrow}
    assert len(narrow) <= max(len(wide), query.n)


def _fields(query: Query) -> dict[str, object]:
    return {name: getattr(query, name) for name in query.__struct_fields__}
