"""Every surface answers from the first request: guests, new shoppers, new items, no model."""

from __future__ import annotations

import msgspec
import pytest

from lingxi import registry
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.slate import Query
from lingxi.recommend.record import Record
from small_shop import DAY, SmallShop, grocer

SURFACES = registry.names("recommend/surfaces")


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("who", [{}, {"user": "nobody"}, {"session": "s1"}, {"user": "ann"}])
def test_a_slate_is_full_without_a_model(surface: str, who: dict[str, str]) -> None:
    """Given a shop without a model, when anyone asks any surface, then the slate is full, each pick with its reason."""
    shop = grocer()
    slate, _ = shop.ask(Query(surface=surface, n=20, items=("p1",), **who))
    assert len(slate.picks) == 20
    assert len({pick.item for pick in slate.picks}) == 20
    assert slate.model is None
    assert slate.seq == shop.state.cursor
    for pick in slate.picks:
        assert pick.source in registry.names("recommend/sources")
        assert pick.reason.en
        assert pick.reason.zh
        assert "{}" not in pick.reason.en + pick.reason.zh


def test_the_shops_parts_are_all_there() -> None:
    """Given the surfaces, when their parts are looked up, then each name is a plug-in of its folder."""
    for name in SURFACES:
        surface = registry.load("recommend/surfaces", name, "SURFACE")
        assert set(surface.sources) <= set(registry.names("recommend/sources"))
        assert set(surface.filters) <= set(registry.names("recommend/filters"))
        assert surface.scorer in registry.names("recommend/scorers")


def test_three_views_change_the_next_slate() -> None:
    """Given a new shopper's slate, when three items are looked at, then they come up, with the reason."""
    shop = grocer()
    before = shop.shown(user="new", n=10)
    for item in ("p20", "p24", "p28"):
        shop.send("u:new", "view", item)
    slate, _ = shop.ask(Query(user="new", n=10))
    after = [pick.item for pick in slate.picks]
    assert after != before
    assert {"p20", "p24", "p28"} <= set(after)
    assert {pick.source for pick in slate.picks} & {"recently_viewed"}


def test_a_new_item_can_be_recommended_at_once() -> None:
    """Given an item posted a moment ago, when its category is asked for, then it is shown; beside it others are."""
    shop = grocer()
    shop.post("fresh", title="Fresh", category="New > Shelf", price=2.0)
    assert shop.shown(category="New", n=5) == ["fresh"]
    assert len(shop.shown("similar", items=("fresh",), n=10)) == 10


def test_what_is_named_only_by_an_event_is_not_shown() -> None:
    """Given an event on an item that was never posted, when slates are made, then the stub is in none."""
    shop = grocer()
    for shopper in range(30):
        shop.send(f"u:s{shopper}", "purchase", "stub")
    assert "stub" not in shop.shown(n=100)


def test_own_purchases_lead_and_come_back_when_due() -> None:
    """Given weekly purchases, when the week is over, then they lead home and buy_again."""
    shop = grocer()
    assert set(shop.shown(user="ann", n=4)) == {"p30", "p31", "p32", "p33"}
    assert set(shop.shown("buy_again", user="ann", n=4)) == {"p30", "p31", "p32", "p33"}


def test_bought_together_comes_from_baskets() -> None:
    """Given baskets, when an item is looked at, then what shared most of them is beside it, with evidence."""
    shop = grocer()
    for shopper in range(20):
        for item in ("p38", "p39"):
            shop.send(f"u:b{shopper}", "purchase", item, at=shop.now - DAY + shopper)
    slate, _ = shop.ask(Query(surface="bought_together", items=("p38",), n=3))
    assert slate.picks[0].item == "p39"
    assert slate.picks[0].reason.items == ("p38",)
    assert "Product 38" in slate.picks[0].reason.en


def test_an_item_surface_says_what_it_lacks() -> None:
    """Given no item, or one that nobody knows, when `similar` is asked, then the error says what to do."""
    shop = grocer()
    with pytest.raises(Invalid, match="next to an item"):
        shop.ask(Query(surface="similar"))
    with pytest.raises(Unknown, match="'ghost' is in no catalog"):
        shop.ask(Query(surface="similar", items=("ghost",)))
    with pytest.raises(Unknown) as error:
        shop.ask(Query(surface="hoem"))
    assert "home" in error.value.remedy


def test_an_empty_shop_answers_with_nothing() -> None:
    """Given a shop without items, when home is asked, then the slate is empty and no error."""
    assert SmallShop().shown(user="x") == []


def test_the_record_tells_it_all() -> None:
    """Given a slate, when its record is made, then sources, inputs, parts and what each filter removed are in it."""
    shop = grocer()
    shop.send("u:ann", "dismiss", "p30")
    slate, trace = shop.ask(Query(user="ann", n=5, exclude=("p31",)))
    record = msgspec.json.decode(msgspec.json.encode(trace.record()), type=Record)
    assert record.removed["dismissed"] == ["p30"]
    assert record.removed["requested"] == ["p31"]
    assert [each.item for each in record.picks] == [pick.item for pick in slate.picks]
    first = record.picks[0]
    assert first.ranks["own"] >= 1
    assert sum(first.parts.values()) == pytest.approx(first.score, abs=1e-3)
