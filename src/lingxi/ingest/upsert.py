"""Items and users as sent → proposals: whole versions, or deltas laid over what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET

from lingxi.domain.change import Proposal
from lingxi.domain.item import Item, ItemDelta
from lingxi.domain.user import User, UserDelta
from lingxi.ingest import clean
from lingxi.ingest.accept import SHAPE, Prepared, hold, plain, refuse
from lingxi.ingest.around.categories import Categories
from lingxi.ingest.body import Sent
from lingxi.ports.quarantine import Held, Sort

UNKNOWN_ID: Final = "unknown_id"
TRAITS: Final = 64
Whole = TypeVar("Whole", Item, User)


def items(sent: Sequence[Sent], now: int, categories: Categories | None = None) -> Prepared:
    """Whole items; `now` (µs UTC) is when they were received. `categories` are those known, and learn these."""
    return _doubted([_whole(record, Item, now, "item") for record in sent], categories)


def users(sent: Sequence[Sent], now: int) -> Prepared:
    """Whole users; `now` (µs UTC) is when they were received."""
    return Prepared(tuple([_whole(record, User, now, "user") for record in sent]))


def _doubted(parts: Sequence[Proposal | Held], categories: Categories | None) -> Prepared:
    """The same with the rules that doubt items: all of them are learned before any is judged."""
    if categories is None:
        return Prepared(tuple(parts))
    items = [part.entry for part in parts if isinstance(part, Proposal) and isinstance(part.entry, Item)]
    marks = iter(clean.doubts_of(items, categories))
    doubted: list[Proposal | Held] = []
    for part in parts:
        found = next(marks) if isinstance(part, Proposal) and isinstance(part.entry, Item) else ()
        doubted.append(msgspec.structs.replace(part, marks=found) if found else part)
    return Prepared(tuple(doubted))


def item_deltas(
    sent: Sequence[Sent], stored: Mapping[str, Item], now: int, categories: Categories | None = None
) -> Prepared:
    """Changes to items; `stored` holds the items that `ids_in(sent)` names, as they stand.

    A delta sees what those before it in the same call made.
    """
    return _doubted(_deltas(sent, ItemDelta, dict(stored), now, "POST /v1/items").parts, categories)


def user_deltas(sent: Sequence[Sent], stored: Mapping[str, User], now: int) -> Prepared:
    """Changes to users; `stored` holds the users that `ids_in(sent)` names, as they stand."""
    return _deltas(sent, UserDelta, dict(stored), now, "POST /v1/users")


def ids_in(sent: Sequence[Sent]) -> list[str]:
    """The ids that records name, each once: what to look up before deltas are prepared."""
    named = (record.get("id") for record in sent if isinstance(record, dict))
    return list(dict.fromkeys(identity for identity in named if isinstance(identity, str)))


def _whole(record: Sent, of: type[Whole], now: int, sort: Sort) -> Proposal | Held:
    """One whole version, or why it is none."""
    if not isinstance(record, dict):
        return refuse(record, now, sort)
    try:
        return Proposal(msgspec.convert(record, of), now)
    except msgspec.ValidationError as error:
        return hold(record, SHAPE, plain(error), now, sort)


def _deltas(
    sent: Sequence[Sent], of: type[ItemDelta | UserDelta], current: dict[str, Whole], now: int, remedy: str
) -> Prepared:
    """Each delta laid over the version that stands when its turn comes."""
    sort: Sort = "item_delta" if of is ItemDelta else "user_delta"
    parts: list[Proposal | Held] = []
    for record in sent:
        if not isinstance(record, dict):
            parts.append(refuse(record, now, sort))
            continue
        try:
            delta = msgspec.convert(record, of)
        except msgspec.ValidationError as error:
            parts.append(hold(record, SHAPE, plain(error), now, sort))
            continue
        if delta.id not in current:
            reason = f"id: '{delta.id}' is not known; send it whole first, in {remedy}"
            parts.append(hold(record, UNKNOWN_ID, reason, now, sort))
            continue
        whole = over(current[delta.id], delta)
        if isinstance(whole, User) and len(whole.traits) > TRAITS:
            reason = f"traits: {len(whole.traits)} with those stored; at most {TRAITS}"
            parts.append(hold(record, SHAPE, reason, now, sort))
            continue
        current[delta.id] = whole
        parts.append(Proposal(whole, now))
    return Prepared(tuple(parts))


def over(whole: Whole, delta: ItemDelta | UserDelta) -> Whole:
    """The version that a delta makes: given fields are replaced, a user's traits one by one."""
    given: dict[str, Any] = {
        name: value for name in delta.__struct_fields__ if (value := getattr(delta, name)) is not UNSET
    }
    if isinstance(whole, User) and "traits" in given:
        given["traits"] = {**whole.traits, **given["traits"]}
    return msgspec.structs.replace(whole, **given)
