"""A reason says nothing but what is so, in sentences that read well."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.domain.event import KIND_CODE
from lingxi.domain.slate import Pick, Query
from lingxi.recommend.because import acted, acted_on_itself
from lingxi.recommend.moved import named
from small_shop import DAY, SmallShop, grocer


@pytest.mark.parametrize(
    ("kinds", "en", "zh"),
    [
        (["purchase"], "Because you bought A", "因为您买过A"),
        (["view"], "Because you looked at A", "因为您看过A"),
        (["rate"], "Because you rated A", "因为您给A评过分"),
        (["search"], "Because of what you searched for lately", "因为您最近的搜索"),
        (["purchase", "purchase"], "Because you bought A and B", "因为您买过A和B"),
        (["purchase", "view"], "Because you bought A and looked at B", "因为您买过A，看过B"),
        (["view", "click", "view"], "Because you looked at A, B and C", "因为您看过A、B和C"),
        (["view", "purchase", "view"], "Because you looked at A and C, and bought B", "因为您看过A和C，买过B"),
        (
            ["purchase", "add_to_cart", "like"],
            "Because you bought A, put B in your cart and liked C",
            "因为您买过A，把B加入过购物车，喜欢过C",
        ),
        (
            ["search", "purchase"],
            "Because you bought B, and because of what you searched for lately",
            "因为您买过B，也因为您最近的搜索",
        ),
    ],
)
def test_what_was_done_is_said_in_whole_sentences(kinds: list[str], en: str, zh: str) -> None:
    """Given one to three acts, when they are said, then each item follows its verb, and equal verbs are said once."""
    english, chinese, order = acted(tuple(KIND_CODE[kind] for kind in kinds))
    titles = ["ABC"[place] for place in order]
    assert (english.format(*titles), chinese.format(*titles)) == (en, zh)


def test_an_act_on_the_item_itself_is_said_of_it() -> None:
    """Given an item that is shown for what was done with it, when that is said, then it is of this item."""
    assert acted_on_itself(KIND_CODE["purchase"]) == ("You bought this before", "您买过这件商品")
    assert acted_on_itself(KIND_CODE["add_to_cart"])[0] == "You put this in your cart before"


@pytest.mark.parametrize(
    ("falls", "places"),
    [
        ([], []),
        ([-0.5, 0.0, 0.01], []),
        ([0.1, 1.0, 0.6, 0.9, 0.55], [1, 3, 2]),
        ([0.3, 1.0], [1]),
    ],
)
def test_only_what_matters_is_named(falls: list[float], places: list[int]) -> None:
    """Given falls, when the least that matters is 0.02, then three at most are named, none far below the first."""
    assert named(np.array(falls, np.float32)[:, None], 0.02) == [places]


def _pick(shop: SmallShop, item: str, query: Query) -> Pick:
    return next(pick for pick in shop.ask(query)[0].picks if pick.item == item)


def test_what_was_bought_once_is_not_bought_regularly() -> None:
    """Given weekly purchases and a single one, when they are shown, then only the weekly ones are called regular."""
    shop = grocer()
    shop.send("u:ann", "purchase", "p20", at=shop.now - 9 * DAY)
    assert _pick(shop, "p30", Query(user="ann", n=9)).reason.en == "You buy this regularly"
    assert _pick(shop, "p20", Query(user="ann", n=9)).reason.en == "You bought this before"


def test_only_what_is_due_is_called_due() -> None:
    """Given weekly purchases that ended two weeks ago, and one of them made again since, when buy_again is asked, then
    only the others are called due."""
    shop = grocer()
    shop.now += 14 * DAY
    shop.send("u:ann", "purchase", "p31", at=shop.now - 3 * DAY // 2)
    query = Query(surface="buy_again", user="ann", n=9)
    assert _pick(shop, "p30", query).reason.en == "About time to buy this again"
    assert _pick(shop, "p31", query).reason.en != "About time to buy this again"


def test_a_category_of_several_looks_names_none_of_them() -> None:
    """Given a look in an aisle, then two, when its best sellers are shown, then the one is named, of two none: without
    either the aisle would still have been shown."""
    shop = grocer()
    query = Query(session="g", n=40)
    shop.send("s:g", "view", "p20")
    first = {pick.reason.items for pick in shop.ask(query)[0].picks if pick.source == "same_category"}
    shop.send("s:g", "view", "p24")
    second = {pick.reason.items for pick in shop.ask(query)[0].picks if pick.source == "same_category"}
    assert (first, second) == ({("p20",)}, {()})


def _neighbours(looks: list[str]) -> SmallShop:
    """A shop where p20 and p21 are looked at together, and s:g has looked at `looks`."""
    shop = grocer()
    for guest in range(20):
        for item in ("p20", "p21"):
            shop.send(f"s:{guest}", "view", item, at=shop.now - DAY + guest)
    for place, item in enumerate(looks):
        shop.send("s:g", "view", item, at=shop.now - 9 + place)
    return shop


def test_without_the_look_that_it_names_an_item_stands_lower() -> None:
    """Given a pick whose reason names one of two looks, when each was not made, then without the one that is named the
    pick's score is lower, and without the other it is not."""

    def score(looks: list[str]) -> float:
        _, trace = _neighbours(looks).ask(Query(session="g", n=40))
        place = trace.pool.items.tolist().index(21)
        return float(trace.scores.total[place])

    pick = _pick(_neighbours(["p20", "p7"]), "p21", Query(session="g", n=40))
    assert (pick.source, pick.reason.items) == ("co_view", ("p20",))
    assert score(["p7"]) < score(["p20", "p7"]) <= score(["p20"])


def test_in_a_shop_without_sales_nothing_is_called_popular() -> None:
    """Given items that nobody bought, when they are shown, then no reason says that many buy them."""
    shop = SmallShop()
    for number in range(9):
        shop.post(f"p{number}")
    assert all("Many" not in pick.reason.en for pick in shop.ask(Query(n=9))[0].picks)


def test_who_did_nothing_is_told_of_no_act() -> None:
    """Given a guest without an act, when home is asked, then no reason names an item or says what they did."""
    for pick in grocer().ask(Query(session="nobody", n=20))[0].picks:
        assert not pick.reason.items
        assert "you" not in pick.reason.en.lower().split()
