"""Turns entries into rows of the log's tables, and rows into entries and arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from lingxi.domain.change import Alias, Change, Entry, Erasure, Proposal, Release, Type, tie_of
from lingxi.domain.errors import Invalid
from lingxi.domain.event import KIND_CODE, KINDS, Event
from lingxi.domain.item import Item
from lingxi.domain.user import User

REST: Final = ("value", "currency", "query", "text", "position", "place", "channel", "request", "context")
"""The fields of an event that have no column of their own."""

BODY: Final[dict[int, type[Any]]] = {
    Type.ITEM: Item,
    Type.USER: User,
    Type.ALIAS: Alias,
    Type.RELEASE: Release,
    Type.ERASURE: Erasure,
}
TYPE: Final[dict[type[Any], Type]] = {
    Event: Type.EVENT,
    Item: Type.ITEM,
    User: Type.USER,
    Alias: Type.ALIAS,
    Release: Type.RELEASE,
    Erasure: Type.ERASURE,
}
encode = msgspec.json.Encoder().encode


class EventRow(NamedTuple):
    """An event with its ids still as text, as it goes into the log."""

    id: str
    at: int
    received: int
    user: str | None
    session: str | None
    item: str | None
    kind: int
    quantity: float | None
    price: float | None
    list_price: float | None
    order: str | None
    marks: str | None
    repairs: str | None
    original: str | None
    rest: bytes | None

    def digest(self) -> bytes:
        """BLAKE2b-16 of the content: what the shopper did, without when it was received or what a rule thought."""
        content = (self.at, *self[3:11], self.rest)
        return hashlib.blake2b(encode(content), digest_size=16).digest()

    def shopper(self) -> str | None:
        """The shopper whom the event belongs to, as the log interns it."""
        if self.user is not None:
            return f"u:{self.user}"
        return None if self.session is None else f"s:{self.session}"


def rest_of(event: Event) -> bytes | None:
    """msgspec JSON of the event's fields without a column; None if it has none of them."""
    rest = {name: value for name in REST if (value := getattr(event, name)) is not None}
    return encode(rest) if rest else None


def row_of(proposal: Proposal) -> EventRow:
    """The row of a proposed event.

    Raises:
        Invalid: the event was not made ready: it has no `id` or no `at`.
    """
    event = proposal.entry
    if not isinstance(event, Event) or event.id is None or event.at is None:
        raise Invalid("only an event with an id and a time goes into the log", where="log", remedy="clean it first")
    return EventRow(
        event.id,
        event.at,
        proposal.received,
        event.user,
        event.session,
        event.item,
        KIND_CODE[event.kind],
        event.quantity,
        event.price,
        event.list_price,
        event.order,
        ",".join(proposal.marks) or None,
        ",".join(proposal.repairs) or None,
        proposal.original,
        rest_of(event),
    )


def stored(row: EventRow, seq: int, user: int | None, session: int | None, item: int | None) -> tuple[Any, ...]:
    """The row as the `changes` table takes it, in the order of its columns."""
    return (seq, 0, row.id, row.at, row.received, tie_of(row.id), user, session, item, *row[6:])


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
