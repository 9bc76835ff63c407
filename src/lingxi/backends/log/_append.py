"""Appends to the log inside one write transaction: who is there already, which numbers, which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Insert, Select, func, insert, select
from sqlalchemy.dialects import sqlite

from lingxi.backends._sqlite import bare
from lingxi.backends.log import _tables as t
from lingxi.backends.log._interner import LOOK_UP, Interner, Numbered
from lingxi.backends.log._rows import EventRow, encode, row_of, stored, stored_entry
from lingxi.domain.change import Appended, Entry, Proposal
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.user import User


def _positional(statement: Insert | Select[Any]) -> str:
    return str(statement.compile(dialect=sqlite.dialect()))


INSERT_CHANGE: Final = _positional(insert(t.changes))
INSERT_ID: Final = _positional(insert(t.ids))
HEAD: Final = _positional(select(func.max(t.changes.c.seq)))
"""Statements that every transaction runs are compiled once."""

ROWS_AT_A_TIME: Final = (128, 16, 1)
"""Every execution hands the interpreter to a thread that waits for it; more at once make clicks wait (docs/log.md)."""

Fresh = Sequence[tuple[int, EventRow | Proposal]]
"""What is new of what was proposed, with its `seq`, in order."""


@dataclass(slots=True)
class Written:
    """What a transaction wrote: the rows, the new ids by number, and the numbers to remember after the commit."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    items: dict[str, int] = field(default_factory=dict)
    shoppers: dict[str, int] = field(default_factory=dict)
    new_items: dict[int, str] = field(default_factory=dict)
    new_shoppers: dict[int, str] = field(default_factory=dict)


class Appender:
    """Knows the numbers of one shop's ids, and appends."""

    def __init__(self) -> None:
        self.items = Interner(t.item_ids)
        self.shoppers = Interner(t.shopper_ids)

    def append(self, connection: Connection, proposals: Sequence[Proposal], seq: int) -> tuple[list[Appended], Written]:
        """Appends each proposal that is new after `seq`, the greatest; the caller holds the transaction, and calls
        `keep` after the commit."""
        rows = [row_of(each) if isinstance(each.entry, Event) else None for each in proposals]
        named = [row.id for each, row in zip(proposals, rows, strict=True) if row is not None and not each.minted]
        known = look_up(connection, named) if named else {}
        others = [each.entry for each, row in zip(proposals, rows, strict=True) if row is None]
        bodies = _bodies(connection, others) if others else {}
        outcomes: list[Appended] = []
        fresh: list[tuple[int, EventRow | Proposal]] = []
        for proposal, row in zip(proposals, rows, strict=True):
            if row is not None:
                key, digest = row.id, row.digest
                there = known.get(key)
            else:
                key, digest = _identity(proposal.entry)
                there = bodies.get(key)
                if there is not None and there[0] != digest:
                    there = None
            if there is not None:
                outcomes.append(Appended("duplicate" if there[0] == digest else "conflict", there[1]))
                continue
            seq += 1
            if row is not None:
                known[key] = (digest, seq)
            elif key:
                bodies[key] = (digest, seq)
            fresh.append((seq, proposal if row is None else row))
            outcomes.append(Appended("stored", seq))
        return outcomes, self._write(connection, fresh)

    def keep(self, written: Written) -> None:
        """Remembers the numbers that a committed transaction gave."""
        self.items.keep(written.items)
        self.shoppers.keep(written.shoppers)

    def _write(self, connection: Connection, fresh: Fresh) -> Written:
        written = Written()
        if not fresh:
            return written
        first_items, first_shoppers = _first_named(fresh, self.items.known, self.shoppers.known)
        written.items, written.new_items = self.items.intern(connection, first_items)
        written.shoppers, written.new_shoppers = self.shoppers.intern(connection, first_shoppers)
        items, shoppers = self.items.numbered(written.items), self.shoppers.numbered(written.shoppers)
        written.rows = [_stored(seq, each, items, shoppers) for seq, each in fresh]
        insert_many(connection, INSERT_CHANGE, written.rows)
        names = [(each.id, each.digest, seq) for seq, each in fresh if isinstance(each, EventRow)]
        if names:
            insert_many(connection, INSERT_ID, names)
        if len(names) < len(fresh):
            _keep_records(connection, fresh, items, shoppers)
        return written


def _stored(seq: int, each: EventRow | Proposal, items: Numbered, shoppers: Numbered) -> tuple[Any, ...]:
    if isinstance(each, EventRow):
        user = None if each.user is None else shoppers(each.user)
        session = None if each.session is None else shoppers(each.session)
        return stored(each, seq, user, session, None if each.item is None else items(each.item))
    entry = each.entry
    no = items(entry.id) if isinstance(entry, Item) else shoppers(f"u:{entry.id}") if isinstance(entry, User) else None
    return stored_entry(entry, seq, each.received, no)


def _first_named(
    fresh: Fresh, known_items: Mapping[str, int], known_shoppers: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """The ids of items and of shoppers that are not known, each with the `seq` that names it first, in that order."""
    items: dict[str, int] = {}
    shoppers: dict[str, int] = {}
    for seq, each in fresh:
        item, user, session = _names(each)
        if item is not None and item not in known_items:
            items.setdefault(item, seq)
        if user is not None and user not in known_shoppers:
            shoppers.setdefault(user, seq)
        if session is not None and session not in known_shoppers:
            shoppers.setdefault(session, seq)
    return items, shoppers


def _names(each: EventRow | Proposal) -> tuple[str | None, str | None, str | None]:
    """The item, user and session that a change names, as the log interns them."""
    if isinstance(each, EventRow):
        return each.item, each.user, each.session
    entry = each.entry
    if isinstance(entry, Item):
        return entry.id, None, None
    return None, f"u:{entry.id}" if isinstance(entry, User) else None, None


def _keep_records(connection: Connection, fresh: Fresh, items: Numbered, shoppers: Numbered) -> None:
    for table, kind, numbers, prefix in ((t.items, Item, items, ""), (t.users, User, shoppers, "u:")):
        newest: dict[int, dict[str, Any]] = {}
        for seq, each in fresh:
            if isinstance(each, Proposal) and isinstance(each.entry, kind):
                no = numbers(f"{prefix}{each.entry.id}")
                newest[no] = {"no": no, "seq": seq, "body": encode(each.entry)}
        if newest:
            upsert = sqlite.insert(table)
            kept = {"seq": upsert.excluded.seq, "body": upsert.excluded.body}
            connection.execute(upsert.on_conflict_do_update(index_elements=["no"], set_=kept), list(newest.values()))


def insert_many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows, many with one statement."""
    insert_, start = bare(connection).execute, 0
    for size in ROWS_AT_A_TIME:
        while len(rows) - start >= size:
            insert_(_repeated(statement, size), tuple(chain.from_iterable(rows[start : start + size])))
            start += size


@cache
def _repeated(statement: str, rows: int) -> str:
    """An INSERT of one row as one of many."""
    holders = statement[statement.rindex("(") :]
    return f"{statement}{f', {holders}' * (rows - 1)}"


def head(connection: Connection) -> int:
    """The greatest `seq`, 0 for an empty log."""
    return bare(connection).execute(HEAD).fetchone()[0] or 0


def look_up(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[bytes, int]]:
    """Digest and `seq` of those event ids that are stored."""
    found: dict[str, tuple[bytes, int]] = {}
    for start in range(0, len(ids), LOOK_UP):
        part = ids[start : start + LOOK_UP]
        asked = f"SELECT id, digest, seq FROM ids WHERE id IN ({','.join('?' * len(part))})"  # noqa: S608
        for row in bare(connection).execute(asked, part):
            found[row[0]] = (row[1], row[2])
    return found


def _identity(entry: Entry) -> tuple[str, bytes]:
    """What makes a record the same one as before (its id; nothing, for a release), and its content."""
    if isinstance(entry, Item):
        return f"i:{entry.id}", encode(entry)
    if isinstance(entry, User):
        return f"u:{entry.id}", encode(entry)
    return "", encode(entry)


def _bodies(connection: Connection, entries: Sequence[Entry]) -> dict[str, tuple[bytes, int]]:
    """The newest versions, by identity, of the items and users among the entries."""
    found: dict[str, tuple[bytes, int]] = {}
    wanted = (
        ("i:", t.items, t.item_ids, [each.id for each in entries if isinstance(each, Item)]),
        ("", t.users, t.shopper_ids, [f"u:{each.id}" for each in entries if isinstance(each, User)]),
    )
    for prefix, table, names, ids in wanted:
        for start in range(0, len(ids), LOOK_UP):
            asked = (
                select(names.c.id, table.c.body, table.c.seq)
                .join(table, table.c.no == names.c.no)
                .where(names.c.id.in_(ids[start : start + LOOK_UP]))
            )
            found.update({f"{prefix}{row.id}": (row.body, row.seq) for row in connection.execute(asked)})
    return found
