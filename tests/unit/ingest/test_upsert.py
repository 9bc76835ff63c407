"""Items and users, whole or as deltas."""

from __future__ import annotations

from lingxi.domain.change import Proposal
from lingxi.domain.item import Item
from lingxi.domain.user import Trait, User
from lingxi.ingest import upsert
from lingxi.ports.quarantine import Held

NOW = 1_800_000_000_000_000


def test_whole_items_are_checked_one_by_one() -> None:
    good, bad, nameless, other = upsert.items(
        [{"id": "a", "price": 1}, {"id": "b", "price": -1}, {"title": "x"}, []], NOW
    ).parts
    assert good == Proposal(Item(id="a", price=1.0), NOW)
    assert isinstance(bad, Held)
    assert bad.reason == "price: expected `float` >= 0.0"
    assert isinstance(nameless, Held)
    assert "id" in nameless.reason
    assert isinstance(other, Held)


def test_a_delta_changes_the_fields_given_and_sees_the_one_before() -> None:
    stored = {"a": Item(id="a", title="Tea", price=2.0, stock=5.0)}
    sent = [{"id": "a", "price": 3}, {"id": "a", "stock": None, "visible": False}]
    assert upsert.ids_in(sent) == ["a"]
    first, second = upsert.item_deltas(sent, stored, NOW).proposals
    assert first.entry == Item(id="a", title="Tea", price=3.0, stock=5.0)
    assert second.entry == Item(id="a", title="Tea", price=3.0, stock=None, visible=False)


def test_a_delta_of_an_unknown_item_is_held_alone() -> None:
    unknown, known = upsert.item_deltas(
        [{"id": "zz", "price": 1}, {"id": "a", "price": 1}], {"a": Item(id="a")}, NOW
    ).parts
    assert isinstance(unknown, Held)
    assert unknown.rule == "unknown_id"
    assert "POST /v1/items" in unknown.reason
    assert isinstance(known, Proposal)


def test_traits_are_replaced_one_by_one() -> None:
    stored = {"u": User(id="u", traits={"age": Trait("45-54", sensitive=True), "home": Trait("owner")})}
    (part,) = upsert.user_deltas([{"id": "u", "traits": {"home": {"value": "renter"}}}], stored, NOW).proposals
    assert part.entry == User(id="u", traits={"age": Trait("45-54", sensitive=True), "home": Trait("renter")})


def test_traits_cannot_grow_past_their_limit() -> None:
    stored = {"u": User(id="u", traits={f"t{n}": Trait(n) for n in range(64)})}
    (part,) = upsert.user_deltas([{"id": "u", "traits": {"more": {"value": 1}}}], stored, NOW).parts
    assert isinstance(part, Held)
    assert "64" in part.reason
