"""What merchant rules do to a slate, and that they do it whatever the shop is like."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi import registry
from lingxi.app.sharing import Looked
from lingxi.domain.merchandising import Effect, MerchantRule, Quota
from lingxi.domain.slate import Query
from lingxi.recommend.memory import Memory
from lingxi.recommend.merchandising.selection import everything, selected
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from lingxi.state.row import Rows
from small_shop import DAY, HOUR, START, SmallShop, grocer


def rule(effect: dict[str, Any], id: str = "r", **fields: Any) -> MerchantRule:  # noqa: A002
    """A rule as a shop writes it."""
    return msgspec.convert({"id": id, "effect": effect, **fields}, MerchantRule)


def ids(*names: str) -> dict[str, Any]:
    return {"ids": list(names)}


def test_every_effect_of_the_data_is_a_file_and_every_file_an_effect() -> None:
    tags = {each.__struct_config__.tag for each in Effect.__args__}

    assert tags == set(registry.names("recommend/merchandising/effects"))


def test_a_shop_without_rules_is_as_before() -> None:
    """Given rules that were taken away again, when home is asked, then the slate is what it was, and says nothing."""
    shop = grocer()
    before = shop.ask(Query(n=8))[0].picks
    shop.rule(rule({"kind": "block"}, items=ids("p0")))
    assert shop.shown(n=8)[0] != "p0"
    shop.rule()
    slate, trace = shop.ask(Query(n=8))
    assert slate.picks == before
    assert trace.record().rules == []
    assert b"unmet" not in msgspec.json.encode(slate)
    assert b"label" not in msgspec.json.encode(slate)


def test_a_pinned_item_stands_at_its_place_though_no_source_knows_it() -> None:
    """Given a pin of two items and a `similar` slate that has neither, when it is asked, then they stand in their order
    from the place on, the record says from where, and a reason is given."""
    shop = grocer(200)
    assert "p120" not in shop.shown("similar", items=("p1",), n=10)
    shop.rule(rule({"kind": "pin", "position": 2}, items=ids("p120", "p38")))
    slate, trace = shop.ask(Query(surface="similar", items=("p1",), n=10))
    assert [pick.item for pick in slate.picks[1:3]] == ["p120", "p38"]
    assert (slate.picks[1].source, slate.picks[1].reason.zh) == ("merchant", "店铺推荐")
    told = {each.item: each for each in trace.record().rules}
    assert told["p120"].after == 2
    assert told["p120"].before != 2


def test_a_pin_shows_nothing_that_must_not_be_shown() -> None:
    """Given pins of what is hidden, sold out, blocked, dismissed or excluded by the request, when home is asked, then
    each leaves its place to the next; what only rests after a purchase is shown."""
    shop = grocer()
    shop.post("p1", visible=False)
    shop.post("p2", stock=0.0)
    shop.send("u:ann", "dismiss", "p4")
    shop.send("u:ann", "purchase", "p6", at=shop.now - HOUR)
    pinned = rule({"kind": "pin", "position": 1}, items=ids("p1", "p2", "p3", "p4", "p5", "p6"))
    shop.rule(pinned, rule({"kind": "block"}, "b", items=ids("p3")))
    assert shop.shown(user="ann", n=5, exclude=("p5",))[0] == "p6"
    assert not {"p1", "p2", "p3", "p4", "p5"} & set(shop.shown(user="ann", n=100, exclude=("p5",)))


def test_what_is_boosted_rises_and_what_is_buried_is_last() -> None:
    """Given a boosted and a buried item, when home is asked, then one stands first and the other last, on record."""
    shop = grocer()
    everything = len(shop.shown(n=100))
    shop.rule(
        rule({"kind": "boost", "factor": 5.0}, "up", items=ids("p7")), rule({"kind": "bury"}, "down", items=ids("p0"))
    )
    slate, trace = shop.ask(Query(n=100))
    assert slate.picks[0].item == "p7"
    assert slate.picks[-1].item == "p0"
    assert len(slate.picks) == everything
    told = {each.rule: (each.before, each.after) for each in trace.record().rules}
    assert told == {"up": (8, 1), "down": (2, everything)}
    shop.rule(rule({"kind": "boost", "factor": 0.01}, items=ids("p0")))
    assert shop.shown(n=8)[0] == "p1"


def test_quotas_hold_at_least_and_at_most() -> None:
    """Given at least three of a category on five places and at most one of each brand on four, when home is asked, then
    both hold, and nothing is left unmet."""
    shop = SmallShop()
    for no in range(60):
        shop.post(f"p{no}", category=f"Aisle {no % 3}", brand=f"brand {no // 10}", price=1.0)
        for shopper in range(60 - no):
            shop.send(f"u:{shopper}", "purchase", f"p{no}", at=shop.now - DAY)
    most = rule({"kind": "quota", "most": 1, "first": 4, "per": "brand"}, "most")
    shop.rule(rule({"kind": "quota", "least": 3, "first": 5}, "least", items={"categories": ["Aisle 2"]}), most)
    slate, trace = shop.ask(Query(n=10))
    numbers = [int(pick.item[1:]) for pick in slate.picks]
    assert len(numbers) == 10
    assert len({no // 10 for no in numbers[:4]}) == 4
    assert sum(no % 3 == 2 for no in numbers[:5]) == 3
    assert slate.unmet == ()
    assert {each.rule for each in trace.record().rules} == {"least", "most"}


def test_a_quota_of_each_kind_brings_some_of_each() -> None:
    """Given a shop of which the best sellers are all of one category, when a rule wants two of each category on six
    places, then home shows them, those that no source proposes too; the rest of the slate is as it was."""
    shop = SmallShop()
    for no in range(90):
        shop.post(f"p{no}", category=f"Aisle {no // 30}", brand=f"brand {no % 4}", price=1.0)
        for shopper in range(90 - no):
            shop.send(f"u:{shopper}", "purchase", f"p{no}", at=shop.now - DAY)
    assert {int(name[1:]) // 30 for name in shop.shown(n=10)} == {0}
    shop.rule(rule({"kind": "quota", "least": 2, "first": 6, "per": "category"}, "each"))
    slate, trace = shop.ask(Query(n=10))
    aisles = [int(pick.item[1:]) // 30 for pick in slate.picks]
    assert [aisles[:6].count(aisle) for aisle in range(3)] == [2, 2, 2]
    assert [pick.item for pick in slate.picks[:2]] == ["p0", "p1"]
    assert (len(aisles), slate.unmet) == (10, ())
    assert {each.rule for each in trace.record().rules} == {"each"}


def test_of_more_kinds_than_places_the_best_are_shown_and_the_others_counted() -> None:
    """Given ten brands and a rule that wants one of each on four places, when home is asked, then four brands stand
    there, the rest follow in their order, and one sentence says how many lack."""
    shop = grocer(40)
    for no in range(40):
        shop.post(f"p{no}", category="Food", brand=f"brand {no // 4}", price=1.0)
    shop.rule(rule({"kind": "quota", "least": 1, "first": 4, "per": "brand"}, "each"))
    slate, _ = shop.ask(Query(n=8))
    brands = [int(pick.item[1:]) // 4 for pick in slate.picks]
    assert (len(set(brands[:4])), len(brands)) == (4, 8)
    (unmet,) = slate.unmet
    start, _, named = unmet.why.partition(" lack, ")
    assert (unmet.rule, start) == ("each", "at least 1 of each brand on the first 4 places: 6 of 10")
    assert named.endswith(" and 3 more")
    assert not {f"'brand {brand}'" for brand in brands[:4]} & set(named.removesuffix(" and 3 more").split(", "))


def test_each_of_many_kinds_is_brought_as_far_as_a_slate_reaches() -> None:
    """Given ninety categories of four items, of which most are bought from few, when one of each is wanted on a hundred
    places, then each has its best item there."""
    shop = SmallShop()
    for no in range(360):
        shop.post(f"p{no}", category=f"Aisle {no // 4}", price=1.0)
        for shopper in range(3 if no < 100 else 1):
            shop.send(f"u:{shopper}", "purchase", f"p{no}", at=shop.now - DAY)
    shop.rule(rule({"kind": "quota", "least": 1, "first": 100, "per": "category"}))
    slate, _ = shop.ask(Query(n=100))
    assert {int(pick.item[1:]) // 4 for pick in slate.picks} == set(range(90))
    assert slate.unmet == ()


@pytest.mark.parametrize(("bounds", "blocked"), [({}, True), ({"price_max": 2.0}, False)])
def test_what_is_brought_of_each_kind_is_what_may_be_shown(bounds: dict[str, Any], blocked: bool) -> None:
    """Given a category whose best sellers another rule blocks, or the request's bounds leave out, when one of each
    category is wanted, then the best of what is left stands there."""
    shop = SmallShop()
    for no in range(150):
        dear = no >= 100 and no < 120
        shop.post(f"p{no}", category=f"Aisle {no // 50}", brand="dear" if dear else "cheap", price=5.0 if dear else 1.0)
        for shopper in range(150 - no):
            shop.send(f"u:{shopper}", "purchase", f"p{no}", at=shop.now - DAY)
    each = rule({"kind": "quota", "least": 1, "first": 6, "per": "category"}, "each")
    block = rule({"kind": "block"}, "block", items={"brands": ["dear"]})
    shop.rule(*((each, block) if blocked else (each,)))
    slate, _ = shop.ask(Query(surface="bought_together", items=("p1",), n=6, **bounds))
    assert {int(pick.item[1:]) // 50 for pick in slate.picks} == {0, 1, 2}
    assert (slate.unmet, slate.picks[5].item) == ((), "p120")


def test_a_place_that_is_paid_for_is_not_taken_by_a_quota() -> None:
    """Given a sponsored item that is the only one of its category, when one of each category is wanted before its
    place, then it stands on its place, with its label, and on no other: in a slate too short for that on none, with the
    quota or without."""
    shop = grocer(200)
    shop.post("paid", title="Paid", category="Lonely", price=1.0)
    sponsored = rule({"kind": "sponsored", "positions": [9]}, "paid", items=ids("paid"))
    quota = rule({"kind": "quota", "least": 1, "first": 6, "per": "category"}, "each")
    for rules in ((sponsored, quota), (sponsored,)):
        shop.rule(*rules)
        for n, places in ((10, [(8, "sponsored")]), (5, [])):
            slate, _ = shop.ask(Query(surface="bought_together", items=("p1",), n=n))
            assert len(slate.picks) == n
            assert [(at, pick.label) for at, pick in enumerate(slate.picks) if pick.item == "paid"] == places


def test_a_brand_that_has_too_few_shows_what_it_has() -> None:
    """Given a brand of one item, when two of each brand are wanted, then it shows its one, and nothing is said of it;
    what has no brand counts for none."""
    shop = grocer(12)
    for no in range(12):
        shop.post(f"p{no}", category="Food", price=1.0, **({} if no in (3, 4) else {"brand": "b" if no < 11 else "a"}))
    shop.rule(rule({"kind": "quota", "least": 2, "first": 5, "per": "brand"}))
    slate, _ = shop.ask(Query(n=6))
    assert ("p11" in {pick.item for pick in slate.picks[:5]}, slate.unmet, len(slate.picks)) == (True, (), 6)


def test_a_quota_that_cannot_be_met_is_told_and_the_slate_is_full() -> None:
    """Given a shop of one brand and two items of a category, when quotas want otherwise, then each says how far off."""
    shop = grocer(12)
    for no in range(12):
        shop.post(f"p{no}", category="Rare" if no < 2 else "Food", brand="one")
    shop.rule(
        rule({"kind": "quota", "most": 2, "first": 6, "per": "brand"}, "spread"),
        rule({"kind": "quota", "least": 4, "first": 5}, "rare", items={"categories": ["Rare"]}),
    )
    slate, _ = shop.ask(Query(n=6))
    assert len(slate.picks) == 6
    assert {each.rule: each.why for each in slate.unmet} == {
        "spread": "at most 2 of brand 'one' on the first 6 places: 6 shown, nothing else was left",
        "rare": "at least 4 on the first 5 places: 2 shown, no more fit",
    }


def test_sponsored_places_are_labelled_and_leave_no_unlabelled_guest() -> None:
    """Given sponsored places for items that no source proposes, when home is asked, then the best of them stand there
    with the label, no other of them is shown, and what cannot be filled is told."""
    shop = grocer(200)
    for no in (150, 151, 152):
        shop.post(f"p{no}", category="Paid", seller="acme", price=1.0)
    paid = rule({"kind": "sponsored", "positions": [1, 4], "label": "ad"}, items={"sellers": ["acme"]})
    shop.rule(paid)
    slate, _ = shop.ask(Query(surface="similar", items=("p1",), n=10))
    assert [place for place, pick in enumerate(slate.picks, start=1) if pick.label == "ad"] == [1, 4]
    assert sum(pick.item in {"p150", "p151", "p152"} for pick in slate.picks) == 2
    shop.post("p150", stock=0.0)
    shop.post("p151", stock=0.0)
    slate, _ = shop.ask(Query(surface="similar", items=("p1",), n=10))
    assert [pick.label for pick in slate.picks].count("ad") == 1
    assert [each.why.partition(":")[0] for each in slate.unmet] == ["1 of 2 sponsored places filled"]


def test_who_is_not_known_to_be_eligible_does_not_see_it() -> None:
    """Given items for adults of one region on the app, when shoppers ask, then only those see them of whom the request
    or their traits say all of it; the request goes before the trait."""
    shop = grocer()
    shop.know("kid", age=12, region="north")
    shop.know("adult", age=34, region="north", channel="app")
    only = {"age_min": 18, "regions": ["north"], "channels": ["app"]}
    shop.rule(rule({"kind": "eligible"}, items=ids("p0"), shoppers=only))

    def sees(**fields: Any) -> bool:
        return "p0" in shop.shown(n=100, **fields)

    assert sees(user="adult")
    assert not sees(user="adult", region="south")
    assert not sees(user="kid", channel="app")
    assert not sees(user="stranger", channel="app", region="north")
    assert not sees()
    shop.know("kid", age=18)
    assert sees(user="kid", channel="app", region="north")


def test_what_another_process_tells_of_a_shopper_says_whether_they_are_eligible() -> None:
    """Given an adult of whom this process has not heard, when another's row of them is read, then they see what is for
    adults: here the traits stand in the row, and not in the state."""
    shop, other = grocer(), grocer()
    other.know("adult", age=34)
    number = other.state.shopper_number["u:adult"]
    row = Rows(other.state).of(other.state, number)
    looked = Looked(Rows(shop.state), other.state.cursor, {"u:adult": row})
    shop.rule(rule({"kind": "eligible"}, items=ids("p0"), shoppers={"age_min": 18}))

    scene = Scene(shop.state, None, shop.now, memory=shop.memory, shared=looked)
    told, _ = recommend(Query(user="adult", n=20), scene)

    assert "p0" in {pick.item for pick in told.picks}
    assert "p0" not in shop.shown(user="adult", n=20)


def test_a_rule_is_for_whom_it_says_where_it_says() -> None:
    """Given a block for gold members on one surface, when others or another surface ask, then it is not for them."""
    shop = grocer()
    shop.know("gold", member="gold")
    shop.rule(rule({"kind": "block"}, items=ids("p0"), surfaces=["home"], shoppers={"traits": {"member": "gold"}}))
    assert "p0" not in shop.shown(user="gold", n=100)
    assert "p0" in shop.shown("trending", user="gold", n=100)
    assert "p0" in shop.shown(user="ann", n=100)


def test_a_schedule_begins_and_ends_by_the_minute() -> None:
    """Given a rule for two hours of the evening, when the clock comes to it, then it holds until it is over."""
    shop = grocer()  # a Tuesday, 22:13 UTC
    shop.rule(rule({"kind": "block"}, items=ids("p0"), schedule={"days": ["tue"], "hours": ["23:00-01:00"]}))
    seen = {}
    for minutes in (0, 46, 47, 166, 167):
        shop.now = START + minutes * 60_000_000
        seen[minutes] = "p0" in shop.shown(n=100)
    assert seen == {0: True, 46: True, 47: False, 166: False, 167: True}


def test_what_is_posted_later_is_meant_at_once() -> None:
    """Given rules by category, attribute and price, when an item comes to meet one, or no longer does, then at once."""
    shop = grocer()
    shop.rule(
        rule({"kind": "block"}, "a", items={"categories": ["Food > Aisle 1"], "price_max": 3.0}),
        rule({"kind": "block"}, "b", items={"attributes": {"vegan": False}, "kinds": ["product"]}),
    )
    assert "p1" not in shop.shown(n=100)
    shop.post("p1", category="Food > Aisle 1", price=5.0)
    shop.post("p2", category="Food > Aisle 2", attributes={"vegan": False})
    shop.post("p3", category="Food > Aisle 2", attributes={"vegan": 0})
    shown = shop.shown(n=100)
    assert "p1" in shown
    assert "p2" not in shown
    assert "p3" in shown


def test_more_rules_than_a_word_has_bits() -> None:
    """Given a hundred rules, when home is asked, then the last of them holds as the first does."""
    shop = grocer()
    shop.rule(
        *(rule({"kind": "block"}, f"r{no}", items=ids(f"p{no % 40}" if no in (0, 99) else "x")) for no in range(100))
    )
    assert not {"p0", "p19"} & set(shop.shown(n=100))
    assert "p1" in shop.shown(n=100)


NUMBERS = st.integers(0, 11)
ITEMS = st.one_of(
    st.builds(lambda some: {"ids": [f"p{no}" for no in some]}, st.lists(NUMBERS, min_size=1, max_size=4, unique=True)),
    st.builds(lambda no: {"categories": [f"A > {no}"]}, st.integers(0, 2)),
    st.builds(lambda no: {"brands": [f"b{no}"]}, st.integers(0, 2)),
)
FIRST = st.integers(3, 8)
EFFECTS = st.one_of(
    st.builds(lambda at: {"kind": "pin", "position": at}, st.integers(1, 8)),
    st.just({"kind": "bury"}),
    st.builds(lambda by: {"kind": "boost", "factor": by}, st.sampled_from([0.2, 4.0])),
    st.just({"kind": "block"}),
    st.builds(lambda n, k: {"kind": "quota", "least": n, "first": k}, st.integers(1, 3), FIRST),
    st.builds(lambda n, k: {"kind": "quota", "most": n, "first": k}, st.integers(0, 3), FIRST),
    st.builds(lambda n, k: {"kind": "quota", "most": n, "first": k, "per": "brand"}, st.integers(1, 2), FIRST),
    st.builds(
        lambda n, k, per: {"kind": "quota", "least": n, "most": 2, "first": k, "per": per},
        st.integers(1, 2),
        FIRST,
        st.sampled_from(["brand", "category"]),
    ),
    st.builds(lambda at: {"kind": "sponsored", "positions": [at]}, st.integers(1, 8)),
    st.just({"kind": "eligible"}),
)
RULES = st.lists(st.tuples(EFFECTS, ITEMS), min_size=1, max_size=6)
SHOP = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans()), min_size=1, max_size=12)
QUERIES = st.builds(
    Query,
    surface=st.sampled_from(["home", "similar", "trending"]),
    user=st.just("ann"),
    items=st.just(("p0",)),
    n=st.integers(1, 10),
    region=st.sampled_from([None, "north", "south"]),
    exclude=st.sampled_from([(), ("p1", "p2")]),
)
ACTS = st.lists(st.tuples(st.sampled_from(["view", "purchase", "dismiss", "add_to_cart"]), NUMBERS), max_size=8)


EXPLORING = Settings(explorer="epsilon", explore_share=0.8, explore_after=0, explore_places=6)


def _made(goods: list[Any], acts: list[Any], rules: list[Any], chosen: Settings) -> SmallShop:
    shop = SmallShop(chosen)
    for no, (category, brand, there) in enumerate(goods):
        shop.post(f"p{no}", category=f"A > {category}", brand=f"b{brand}", stock=None if there else 0.0)
    for age, (kind, no) in enumerate(acts):
        shop.send("u:ann", kind, f"p{no}", at=shop.now - DAY - age * HOUR)
    shop.rule(
        *(
            rule(effect, f"r{no}", items=items, shoppers={"regions": ["north"]} if effect["kind"] == "eligible" else {})
            for no, (effect, items) in enumerate(rules)
            if effect["kind"] != "pin" or "ids" in items
        )
    )
    return shop


def _about(shop: SmallShop, merchant: MerchantRule) -> Any:
    """The numbers of the items that a rule is about."""
    return selected(shop.state, merchant.items, everything(shop.state))


@settings(max_examples=40, deadline=None)
@given(goods=SHOP, acts=ACTS, rules=RULES, query=QUERIES, chosen=st.sampled_from([Settings(), EXPLORING]))
def test_any_rules_of_any_shop(
    goods: list[Any], acts: list[Any], rules: list[Any], query: Query, chosen: Settings
) -> None:
    """Given any rules, catalogue and history, when a slate is asked, then nothing blocked or not to be had is in it,
    nothing twice; every quota holds or the slate says which does not; asked of another process it is the same."""
    shop = _made(goods, acts, rules, chosen)
    slate, trace = shop.ask(query)
    shown = [shop.state.items.number[pick.item] for pick in slate.picks]
    assert len(set(shown)) == len(shown) <= query.n
    assert shop.state.items.column("listed")[shown].all()
    unmet = {each.rule for each in slate.unmet}
    for each in shop.state.rules.rules:
        inside = np.isin(shown, _about(shop, each))
        if each.kind == "block" or (each.kind == "eligible" and query.region != "north"):
            assert not inside.any()
        if isinstance(each.effect, Quota):
            counted = np.array(shown, dtype=int)[np.flatnonzero(inside[: each.effect.first])]
            members = trace.pool.items[(trace.code == 0) & np.isin(trace.pool.items, _about(shop, each))]
            group = shop.state.items.column(each.effect.per) if each.effect.per else np.zeros(len(goods), int)
            least, most = each.effect.least or 0, 100 if each.effect.most is None else each.effect.most
            sizes = [(int((group[members] == one).sum()), int((group[counted] == one).sum())) for one in {*group}]
            if each.effect.per:
                holds = all(min(least, there) <= count <= most for there, count in sizes)
            else:
                holds = least <= len(counted) <= most
            assert holds == (each.id not in unmet)
    told = trace.record()
    assert msgspec.json.decode(msgspec.json.encode(told)) is not None
    shop.memory = Memory()
    assert shop.ask(query)[0] == slate


@pytest.mark.parametrize("n", [1, 100])
def test_rules_of_an_empty_shop(n: int) -> None:
    """Given rules of every kind in a shop without items, when home is asked, then the slate is empty, and no error."""
    shop = SmallShop()
    shop.rule(
        rule({"kind": "pin", "position": 1}, "a", items=ids("x")),
        rule({"kind": "sponsored", "positions": [1]}, "b", items=ids("x")),
        rule({"kind": "quota", "least": 1}, "c", items=ids("x")),
        rule({"kind": "quota", "most": 1, "per": "category"}, "d"),
        rule({"kind": "bury"}, "e", items=ids("x")),
        rule({"kind": "boost", "add": 1.0}, "f", items=ids("x")),
    )
    slate, _ = shop.ask(Query(n=n))
    assert slate.picks == ()
    assert [each.rule for each in slate.unmet] == ["b", "c"]
