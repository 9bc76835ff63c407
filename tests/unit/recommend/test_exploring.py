"""Exploration keeps to its places, tells its chances, and gives the same slate for the same seed."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi import registry
from lingxi.domain.merchandising import MerchantRule
from lingxi.domain.slate import Query, Slate
from lingxi.metrics.off_policy import ips
from lingxi.recommend.exploring import draw, places_of
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import Moment
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from small_shop import SmallShop, grocer

EXPLORERS = registry.names("recommend/explorers")
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def shop() -> SmallShop:
    """A grocer, of whose items the first twelve are well known."""
    made = grocer()
    for _ in range(40):
        for number in range(12):
            made.send("s:crowd", "impression", f"p{number}")
    return made


def ask(shop: SmallShop, query: Query, **chosen: object) -> Slate:
    """A slate with these settings, by a process that remembers nothing."""
    shop.memory, shop.settings = Memory(), Settings(**{"explorer": "epsilon", **chosen})  # type: ignore[arg-type]
    return shop.ask(query)[0]


def items(slate: Slate) -> list[str]:
    """What is shown, in order."""
    return [pick.item for pick in slate.picks]


@settings(max_examples=40, deadline=None)
@given(
    explorer=st.sampled_from(EXPLORERS),
    n=st.integers(1, 30),
    after=st.integers(0, 12),
    places=st.integers(0, 6),
    share=st.sampled_from([0.0, 0.2, 1.0]),
    seed=st.integers(0, 99),
)
def test_the_quota_holds(
    shop: SmallShop, explorer: str, n: int, after: int, places: int, share: float, seed: int
) -> None:
    """Given any quota, when a slate explores, then at most so many places differ from the slate that does not, none of
    the first; each tells its propensity, the others none; none is shown twice; and asked again it is the same."""
    chosen = {"explorer": explorer, "explore_share": share, "explore_places": places, "explore_after": after}
    query = Query(user="ann", n=n)
    plain = items(ask(shop, query, explorer="none"))
    slate = ask(shop, query, **chosen, explore_seed=seed)
    shown = items(slate)
    changed = {place for place, (item, other) in enumerate(zip(shown, plain, strict=True)) if item != other}
    told = {place for place, pick in enumerate(slate.picks) if pick.propensity is not None}
    assert len(set(shown)) == len(shown)
    assert changed <= told
    assert len(told) <= places
    assert min(told, default=after) >= after
    assert share > 0 or not told
    assert all(0 < pick.propensity <= 1 for pick in slate.picks if pick.propensity is not None)
    assert ask(shop, query, **chosen, explore_seed=seed) == slate


def test_only_little_known_items_are_tried(shop: SmallShop) -> None:
    """Given items that were shown forty times, when slates explore, then no such item is brought in; the seed and the
    minute draw anew."""
    query = Query(n=10)
    plain = items(ask(shop, query, explorer="none"))
    brought: Counter[str] = Counter()
    for seed in range(12):
        brought.update(set(items(ask(shop, query, explore_share=1.0, explore_seed=seed))) - set(plain))
    assert len(brought) > 3
    assert not {f"p{number}" for number in range(12)} & set(brought)


def test_the_propensities_are_the_shares_in_which_items_come(shop: SmallShop) -> None:
    """Given many seeds, when slates explore, then each item stands in a place as often as its propensity says, and
    a log of them tells what another policy would earn."""
    query = Query(n=6)
    slates = [
        ask(shop, query, explore_share=0.5, explore_places=1, explore_after=2, explore_seed=seed) for seed in range(300)
    ]
    place = places_of(6, 2, 1)[0]
    picks = [slate.picks[place] for slate in slates]
    kept = Counter(pick.item for pick in picks).most_common(1)[0]
    chance = {pick.item: pick.propensity for pick in picks}
    assert chance[kept[0]] == pytest.approx(0.5)
    assert kept[1] == pytest.approx(150, abs=30)
    # Whoever shows only one of the tried items would earn what that item does.
    tried = next(pick.item for pick in picks if pick.item != kept[0])
    reward = np.array([float(pick.item == tried) for pick in picks])
    logged = np.array([pick.propensity for pick in picks])
    target = np.array([float(pick.item == tried) for pick in picks])
    gained = ips(reward, logged, target)
    assert gained.low <= 1.0 <= gained.high


def test_thompson_favours_what_was_clicked() -> None:
    """Given two items shown alike of which one was clicked, and one never shown, when chances are told, then the one
    that was never clicked has the least; equal seeds tell equal chances."""
    shop = grocer(4)
    for number in range(60):
        for item in ("p1", "p2"):
            shop.send("s:crowd", "impression", item)
        if number % 4 == 0:
            shop.send("s:crowd", "click", "p2")
    moment = Moment(Query(), Scene(shop.state, None, shop.now))
    part = registry.load("recommend/explorers", "thompson", "EXPLORER")
    chances = [part.chances(moment, np.array([1, 2, 3], np.int32), seed) for seed in (1, 1, 2)]
    assert chances[0].tolist() == chances[1].tolist()
    for each in chances:
        assert each.sum() == pytest.approx(1)
        assert each[1] > each[2] >= each[0]


def test_a_draw_falls_on_each_by_its_chance() -> None:
    """Given chances, when numbers are drawn, then each place is met by its share and one without a chance never is."""
    chances = np.array([0.0, 0.25, 0.0, 0.75, 0.0])
    assert [draw(chances, at) for at in (0.0, 0.2499, 0.25, 0.999999, 1.0)] == [1, 1, 3, 3, 3]


def test_the_places_are_spread_behind_the_first() -> None:
    """Given a slate and a quota, then the places are the middles of equal parts, as many as there is room for."""
    assert places_of(20, 4, 2) == [8, 16]
    assert places_of(5, 4, 3) == [4]
    assert places_of(4, 4, 3) == places_of(20, 4, 0) == places_of(0, 0, 2) == []
    assert places_of(6, 3, 9) == [3, 4, 5]


def test_a_pick_without_a_propensity_does_not_name_it(shop: SmallShop) -> None:
    """Given slates with and without exploration, when they are written as JSON, then only places that could explore
    tell a propensity, and what was written reads as it was."""
    plain, explored = ask(shop, Query(n=8), explorer="none"), ask(shop, Query(n=8), explore_share=0.3)
    assert b"propensity" not in msgspec.json.encode(plain)
    told = msgspec.json.encode(explored)
    assert told.count(b"propensity") == 2
    assert msgspec.json.decode(told, type=Slate) == explored


def test_the_record_tells_who_moved_an_item(shop: SmallShop) -> None:
    """Given a slate with every step at work, when its record is made, then an item's place by score less what moved it
    is where it stands, and what exploration brought in says so."""
    shop.post("fresh", title="Fresh", category="Food > Aisle 1", price=2.0)
    shop.memory = Memory()
    shop.settings = Settings(
        repetition=0.3, freshness=0.5, diversity=0.2, explorer="epsilon", explore_share=1.0, explore_after=3
    )
    shop.send("u:ann", "impression", "p31")
    slate, trace = shop.ask(Query(user="ann", n=12))
    accounts = trace.record().picks
    for place, account in enumerate(accounts, start=1):
        assert account.place - sum(account.moved.values()) == place
        assert account.propensity == slate.picks[place - 1].propensity
    brought = [each for each in accounts if each.moved.get("exploration")]
    assert len(brought) == 2
    assert all(each.moved["exploration"] > 0 and each.propensity for each in brought)
    steps = {name for account in accounts for name in account.moved}
    assert steps == {"repetition", "freshness", "mmr", "exploration"}


def test_what_rules_demand_holds_while_all_places_explore() -> None:
    """Given a pin, a quota and what is buried, when all places explore, then what is pinned stays, what is buried does
    not come, the quota holds, and the record says what the rules moved and what exploration did."""
    shop = grocer()
    shop.settings = Settings(explorer="epsilon", explore_share=1.0, explore_after=0, explore_places=8, repetition=0.0)
    effects = {
        "pin": ({"kind": "pin", "position": 2}, {"ids": ["p30"]}),
        "few": ({"kind": "quota", "most": 2, "first": 8}, {"categories": ["Food > Aisle 1"]}),
        "last": ({"kind": "bury"}, {"categories": ["Food > Aisle 3"]}),
    }
    shop.rule(
        *(
            msgspec.convert({"id": name, "effect": effect, "items": items}, MerchantRule)
            for name, (effect, items) in effects.items()
        )
    )
    slate, trace = shop.ask(Query(n=8))
    shown = items(slate)
    assert shown[1] == "p30"
    numbers = [int(item[1:]) for item in shown]
    assert sum(number % 4 == 1 for number in numbers) <= 2
    assert not any(number % 4 == 3 for number in numbers)
    told = {place for place, pick in enumerate(slate.picks) if pick.propensity is not None}
    assert told
    assert 1 not in told
    accounts = trace.record().picks
    assert accounts[1].moved["rules"] > 0
    for place, account in enumerate(accounts, start=1):
        assert account.place - sum(account.moved.values()) == place


def test_nothing_to_try_is_no_exploration() -> None:
    """Given a shop of which everything fits the slate, or is known, when it explores, then no place could have."""
    small = grocer(5)
    small.settings = Settings(explorer="thompson", explore_share=1.0, explore_after=0)
    assert all(pick.propensity is None for pick in small.ask(Query(n=10))[0].picks)
    known = grocer()
    known.settings = Settings(explorer="epsilon", explore_share=1.0, explore_below=0.0)
    assert all(pick.propensity is None for pick in known.ask(Query(n=10))[0].picks)
    assert SmallShop(Settings(explorer="epsilon", explore_share=1.0)).shown(n=5) == []


def test_what_the_shopper_has_met_is_not_said_to_be_unknown_to_them(shop: SmallShop) -> None:
    """Given a little known item that one shopper looked at, when it is proposed, then only others may not know it."""
    from lingxi.recommend.sources.untried import SOURCE

    shop.settings = Settings(explorer="epsilon")
    shop.send("u:ann", "view", "p39")

    def said(user: str) -> str:
        moment = Moment(Query(user=user), Scene(shop.state, None, shop.now, shop.settings, shop.memory))
        listed = SOURCE.propose(moment, 40)
        return SOURCE.because(moment, listed, [listed.items.tolist().index(39)])[0].en

    assert said("ann") == "A good choice here"
    assert said("s3") == "Something you may not know yet"
