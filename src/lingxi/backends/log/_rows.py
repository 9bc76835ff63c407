"""Turns entries into rows of the log's tables, and rows into entries and arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec

from lingxi.domain.change import Alias, Change, Entry, Erasure, Proposal, Release, Type, tie_of
from lingxi.domain.errors import Invalid
from lingxi.domain.event import KIND_CODE, KINDS, Event
from lingxi.domain.item import Item
from lingxi.domain.merchandising import RuleSet
from lingxi.domain.user import User

REST: Final = ("value", "currency", "query", "text", "position", "place", "channel", "request", "context")
"""The fields of an event that have no column of their own."""

BODY: Final[dict[int, type[Any]]] = {
    Type.ITEM: Item,
    Type.USER: User,
    Type.ALIAS: Alias,
    Type.RELEASE: Release,
    Type.ERASURE: Erasure,
    Type.RULES: RuleSet,
}
TYPE: Final[dict[type[Any], Type]] = {
    Event: Type.EVENT,
    Item: Type.ITEM,
    User: Type.USER,
    Alias: Type.ALIAS,
    Release: Type.RELEASE,
    Erasure: Type.ERASURE,
    RuleSet: Type.RULES,
}
encode = msgspec.json.Encoder().encode
_rest = attrgetter(*REST)
_NO_REST: Final = (None,) * len(REST)


class EventRow(NamedTuple):
    """An event on its way into the log. `user` and `session` are prefixed as the log interns them, `times` are `at`,
    `received` and the tie, `content` are the columns from `kind` on; `digest` is BLAKE2b-16 of what the shopper did:
    without when it was received or what a rule thought, and without its time where it was sent without one."""

    id: str
    digest: bytes
    user: str | None
    session: str | None
    item: str | None
    times: tuple[int, int, int]
    content: tuple[Any, ...]


def rest_of(event: Event) -> bytes | None:
    """msgspec JSON of the event's fields without a column; None if it has none of them."""
    values = _rest(event)
    if values == _NO_REST:
        return None
    return encode({name: value for name, value in zip(REST, values, strict=True) if value is not None})


def row_of(proposal: Proposal) -> EventRow:
    """The row of a proposed event.

    Raises:
        Invalid: the event was not made ready: it has no `id` or no `at`.
    """
    event = proposal.entry
    if not isinstance(event, Event) or event.id is None or event.at is None:
        raise Invalid("only an event with an id and a time goes into the log", where="log", remedy="clean it first")
    rest, user, session = rest_of(event), event.user, event.session
    did = (KIND_CODE[event.kind], event.quantity, event.price, event.list_price, event.order)
    told = (event.at if proposal.timed else 0, user, session, event.item, *did, rest)
    marks, repairs = ",".join(proposal.marks) or None, ",".join(proposal.repairs) or None
    return EventRow(
        event.id,
        hashlib.blake2b(encode(told), digest_size=16).digest(),
        None if user is None else f"u:{user}",
        None if session is None else f"s:{session}",
        event.item,
        (event.at, proposal.received, tie_of(event.id)),
        (*did, marks, repairs, proposal.original, rest),
    )


def stored(row: EventRow, seq: int, user: int | None, session: int | None, item: int | None) -> tuple[Any, ...]:
    """The row as the `changes` table takes it, in the order of its columns."""
    return (seq, 0, row.id, *row.times, user, session, item, *row.content)


def stored_entry(entry: Entry, seq: int, received: int, no: int | None) -> tuple[Any, ...]:
    """The row of an entry that is no event; `no` is the number of the item or user that it describes."""
    kind = TYPE[type(entry)]
    item = no if kind is Type.ITEM else None
    user = no if kind is Type.USER else None
    head = (seq, int(kind), None, received, received, 0, user, None, item, -1)
    return (*head, None, None, None, None, None, None, None, encode(entry))


def change_of(row: Sequence[Any], item: str | None, user: str | None, session: str | None) -> Change:
    """The whole change of a row of `changes`, with the ids that its numbers stand for."""
    seq, kind, received = row[0], row[1], row[4]
    if kind == Type.ERASED:
        return Change(seq=seq, received=received, entry=None)
    if kind != Type.EVENT:
        return Change(seq=seq, received=received, entry=msgspec.json.decode(row[17], type=BODY[kind]))
    rest = msgspec.json.decode(row[17]) if row[17] else {}
    event = Event(
        kind=KINDS[row[9]],
        id=row[2],
        at=row[3],
        user=user,
        session=session,
        item=item,
        quantity=row[10],
        price=row[11],
        list_price=row[12],
        order=row[13],
        **rest,
    )
    marks, repairs = (tuple(each.split(",")) if each else () for each in (row[14], row[15]))
    return Change(seq=seq, received=received, entry=event, marks=marks, repairs=repairs, original=row[16])
