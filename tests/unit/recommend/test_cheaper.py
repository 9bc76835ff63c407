"""Cheaper answers say what they went without, and show nothing that must not be shown."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from lingxi import registry
from lingxi.domain.merchandising import Block, MerchantRule, Pin, Selection
from lingxi.domain.slate import Query, Slate
from lingxi.recommend.cheaper import again, popular
from lingxi.recommend.ladder import LEFT_OUT, Rung, lighter
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import recommend, surface_of
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from lingxi.recommend.sources import sequence
from lingxi.runtimes.linear import Linear
from small_shop import SmallShop, grocer
from vectored import bundle_of


def ask(shop: SmallShop, query: Query, rung: Rung) -> Slate:
    """A slate of a rung."""
    scene = Scene(shop.state, None, shop.now, shop.settings, shop.memory)
    return recommend(query, scene, "r", lighter(surface_of(query.surface), rung), LEFT_OUT[rung])[0]


@pytest.mark.parametrize("surface", registry.names("recommend/surfaces"))
@pytest.mark.parametrize("rung", [Rung.UNNAMED, Rung.UNSPREAD, Rung.UNRANKED, Rung.POPULAR])
def test_every_surface_has_every_rung_and_keeps_its_filters(surface: str, rung: Rung) -> None:
    """Given a shop in which the best seller is sold out, no rung of any surface shows it, and each says what it is."""
    shop = grocer()
    shop.post("p0", title="Product 0", category="Food > Aisle 0", price=1.0, stock=0)
    slate = ask(shop, Query(surface=surface, user="ann", items=("p5",), n=10), rung)
    assert slate.cheaper == (() if rung == Rung.UNNAMED else LEFT_OUT[rung])  # no model, so no act to name
    assert slate.picks
    assert "p0" not in {pick.item for pick in slate.picks}


def test_a_slate_shown_again_leaves_out_what_was_sold_out_or_bought_since() -> None:
    """Given a slate of a minute ago, when one of its items is sold out and another bought, it is shown without
    them: it knows both."""
    shop, query = grocer(), Query(user="ann", n=10)
    shown, _ = shop.ask(query)
    first, second, *rest = [pick.item for pick in shown.picks]
    shop.post(first, title="Gone", category="Food > Aisle 0", price=1.0, stock=0)
    shop.send("u:ann", "purchase", second)
    slate = again(query, Scene(shop.state, None, shop.now, shop.settings, shop.memory), shown, "again")
    assert [pick.item for pick in slate.picks] == rest
    assert slate.short == "of 10 picks shown before 2 must not be shown any more"
    assert (slate.request, slate.seq, slate.cheaper) == ("again", shop.state.cursor, ("cached",))
    assert shown.seq < slate.seq


def test_a_popular_slate_is_made_once_for_all_and_leaves_out_what_each_must_not_see() -> None:
    """Given two shoppers, of whom one has just bought the best seller, both get the same best sellers, but for that."""
    shop = grocer()
    shop.send("u:ann", "purchase", "p0")
    scene = Scene(shop.state, None, shop.now, shop.settings, shop.memory)
    others = popular(Query(user="s3", n=10), scene, "a")
    misses = shop.memory.list_misses
    hers = popular(Query(user="ann", n=10), scene, "b")
    without = popular(Query(user="s3", n=10, exclude=("p0", "p1")), scene, "c")
    assert shop.memory.list_misses == misses
    assert not {"p0", "p1"} & {pick.item for pick in without.picks}
    assert others.picks[0].item == "p0"
    assert "p0" not in {pick.item for pick in hers.picks}
    assert (len(others.picks), len(hers.picks)) == (10, 10)
    assert (hers.request, hers.cheaper) == ("b", ("popular",))


def test_what_moves_up_in_a_slate_shown_again_has_no_chance_of_its_own() -> None:
    """Given a slate whose places were drawn, when one item is gone, those above it keep their propensity."""
    shop, query = grocer(), Query(user="ann", n=6)
    drawn, _ = shop.ask(query)
    drawn = msgspec.structs.replace(drawn, picks=tuple(msgspec.structs.replace(p, propensity=0.9) for p in drawn.picks))
    shop.rule(MerchantRule(id="gone", effect=Block(), items=Selection(ids=(drawn.picks[2].item,))))
    slate = again(query, Scene(shop.state, None, shop.now, shop.settings, shop.memory), drawn, "again")
    assert [pick.propensity for pick in slate.picks] == [0.9, 0.9, None, None, None]


def test_what_is_made_for_all_does_not_stand_for_what_shall_know_a_later_change() -> None:
    """Given a popular slate of a moment ago, when a rule pins an item, the next one has it though it is not time to
    make one anew; and when somebody buys, theirs knows it, whether they ask for that or not."""
    shop, query = grocer(), Query(user="s3", n=10)
    scene = Scene(shop.state, None, shop.now, shop.settings, shop.memory)
    before = popular(query, scene, "a")
    shop.rule(MerchantRule(id="pin", effect=Pin(position=3), items=Selection(ids=("p39",))))
    assert popular(query, scene, "b").picks[2].item == "p39"
    shop.send("u:s3", "purchase", "p0")
    for after in (0, shop.state.cursor):
        knowing = popular(query, scene, "c", after=after)
        assert (knowing.seq, knowing.cheaper, len(knowing.picks)) == (shop.state.cursor, ("popular",), 10)
        assert "p0" not in {pick.item for pick in knowing.picks}
    assert before.seq < knowing.seq


@pytest.mark.parametrize(("rung", "encodes"), [(Rung.WHOLE, 1), (Rung.UNRANKED, 0), (Rung.POPULAR, 0)])
def test_nothing_is_encoded_for_a_cheap_slate_though_it_would_be_short(rung: Rung, encodes: int) -> None:
    """Given a model and a category that the sources leave too little of, when all of it is looked through, then only a
    whole slate asks the model which of it the shopper would like."""
    shop = grocer()
    shop.bundle = bundle_of(np.eye(40, 8, dtype=np.float32))
    query = Query(user="ann", n=20, category="Food > Aisle 3")
    scene = Scene(shop.state, shop.bundle, shop.now, shop.settings, shop.memory)
    slate, _ = recommend(query, scene, "r", lighter(surface_of("home"), rung), LEFT_OUT[rung])
    assert len(slate.picks) >= 9
    assert shop.memory.encodes == encodes


def test_no_act_is_left_out_in_a_hurry_and_the_next_whole_slate_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a shop whose vectors lead to what is shown, when too many ask, then reasons of the model name no act, and
    none was left out for them; the next whole slate does both, and what it found is named in a hurry too."""
    shop, left_out = grocer(), list[object]()
    shop.bundle = bundle_of(np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32))
    shop.send("u:new", "view", "p7")
    moved_by = sequence.moved_by
    monkeypatch.setattr(sequence, "moved_by", lambda *asked: left_out.append(asked) or moved_by(*asked))

    def named(rung: Rung) -> bool:
        """Whether a slate of the rung would name the act for some of what the model proposes."""
        scene, query = Scene(shop.state, shop.bundle, shop.now, shop.settings, shop.memory), Query(user="new", n=40)
        moment = Moment(query, scene)
        recommend(query, scene, "r", lighter(surface_of("home"), rung), LEFT_OUT[rung], moment)
        proposal = sequence.SOURCE.propose(moment, 40)
        return any(because.items for because in sequence.SOURCE.because(moment, proposal, list(range(len(proposal)))))

    assert (named(Rung.UNNAMED), len(left_out)) == (False, 0)
    assert (named(Rung.WHOLE), len(left_out)) == (True, 1)
    assert (named(Rung.UNNAMED), len(left_out)) == (True, 1)


def test_a_whole_slate_does_not_speak_of_it() -> None:
    slate, _ = grocer().ask(Query(user="ann"))
    assert b"cheaper" not in msgspec.json.encode(slate)


@pytest.mark.parametrize("rung", list(Rung))
def test_merchant_rules_hold_on_every_rung(rung: Rung) -> None:
    """Given a slate, when a rule blocks its first item and another pins one, then no cheaper answer shows what is
    blocked, and what is made anew has the pin."""
    shop, query = grocer(), Query(user="ann", n=10)
    shown, _ = shop.ask(query)
    gone = shown.picks[0].item
    shop.rule(
        MerchantRule(id="gone", effect=Block(), items=Selection(ids=(gone,))),
        MerchantRule(id="pin", effect=Pin(position=3), items=Selection(ids=("p39",))),
    )
    if rung == Rung.CACHED:
        slate = again(query, Scene(shop.state, None, shop.now, shop.settings, shop.memory), shown, "again")
    else:
        slate = ask(shop, query, rung)
        assert slate.picks[2].item == "p39"
    assert gone not in {pick.item for pick in slate.picks}


@pytest.mark.parametrize(
    ("asked", "cheaper", "order", "named"),
    [
        ((Rung.WHOLE, Rung.WHOLE), (), "spread", True),
        ((Rung.WHOLE, Rung.POPULAR), ("acts",), "spread", False),
        ((Rung.UNNAMED, Rung.UNNAMED), ("acts",), "spread", False),
        ((Rung.UNSPREAD, Rung.UNSPREAD), ("acts", "rerank"), "by model", False),
        ((Rung.POPULAR, Rung.WHOLE), ("acts", "rerank"), "by model", False),
    ],
)
def test_a_slate_that_takes_too_long_goes_without_what_is_left(
    asked: tuple[Rung, ...], cheaper: tuple[str, ...], order: str, named: bool
) -> None:
    """Given a shop whose slates are ranked, spread and explained, when the time is up before a step, then the slate
    goes without what lies ahead of it and nothing else, and says so."""
    shop = grocer()
    shop.settings = Settings(diversity=0.9)
    bundle, one = bundle_of(np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)), np.ones(1, np.float32)
    blend = Linear(("sequence.score",), missing=one, mean=one, scale=one, weights=one, bias=0.0)
    shop.bundle = replace(bundle, runtimes={**bundle.runtimes, "blend": blend})
    shop.send("u:new", "view", "p7")
    query, scene = Query(user="new", n=20), Scene(shop.state, shop.bundle, shop.now, shop.settings, Memory())

    def shown(rung: Rung) -> list[str]:
        """What a slate that was this rung's from its start shows."""
        before = Scene(shop.state, shop.bundle, shop.now, shop.settings, shop.memory)
        return [pick.item for pick in recommend(query, before, "r", lighter(surface_of("home"), rung))[0].picks]

    orders = {"spread": shown(Rung.WHOLE), "by model": shown(Rung.UNSPREAD)}
    assert orders["spread"] != orders["by model"]
    left, moment = list(asked), Moment(query, scene)
    slate, _ = recommend(query, scene, "r", moment=moment, hurry=lambda: left.pop(0))
    assert "sequence" in {pick.source for pick in slate.picks}
    assert (slate.cheaper, [pick.item for pick in slate.picks]) == (cheaper, orders[order])
    assert (moment.named, left) == (named, [])
