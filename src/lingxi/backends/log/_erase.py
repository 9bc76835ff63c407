"""Forgets shoppers inside write transactions: their changes keep their `seq` and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Table,
    Text,
    cast,
    delete,
    exists,
    literal,
    select,
    true,
    update,
)

from lingxi.backends._sqlite import bare
from lingxi.backends.log import _tables as t
from lingxi.backends.log._append import INSERT_CHANGE, head
from lingxi.backends.log._rows import stored_entry
from lingxi.domain.change import ERASED_PREFIX, Alias, Erasure, Type

AT_ONCE: Final = 2_000
"""Changes erased in one transaction: about 20 ms."""
LOOKED_AT: Final = 20_000
"""Shoppers whose acts are looked at in one reading."""
PART: Final = 500
"""How many values one statement names."""

c = t.changes.c
NOTHING: Final[dict[str, Any]] = {column.name: None for column in t.changes.c if column.name != "seq"} | {
    "type": int(Type.ERASED),
    "at": 0,
    "received": 0,
    "tie": 0,
    "kind": -1,
}
NEWEST: Final = f"SELECT max(seq) FROM changes WHERE type = {int(Type.ERASURE)}"  # noqa: S608 (a number of ours)
HEADS: Final = f"SELECT (SELECT max(seq) FROM changes), ({NEWEST})"  # noqa: S608 (both are ours)
ALIASES: Final = f"SELECT seq, rest FROM changes WHERE type = {int(Type.ALIAS)} ORDER BY seq"  # noqa: S608
"""A number that is written out lets the engine use the index of that type."""
KINDS: Final = {int(Type.EVENT): "events", int(Type.USER): "versions"}


def heads(connection: Connection) -> tuple[int, int]:
    """The greatest `seq`, and that of the newest erasure; 0 where there is none."""
    head_, erasure = bare(connection).execute(HEADS).fetchone()
    return head_ or 0, erasure or 0


def person(connection: Connection, shopper: str) -> dict[int, str]:
    """See `ports.erasure.Erasing.person`."""
    names = _joined(connection, shopper)
    found = _numbers(connection, names)
    users = [no for no, name in found.items() if name.startswith("u:")]
    asked = select(c.session).where(c.user.in_(users), c.session.is_not(None)).distinct() if users else None
    sessions = [] if asked is None else list(connection.execute(asked).scalars())
    own = [each for each in sessions if not _shared(connection, each, users)]
    for part in _parts(own):
        names_of = select(t.shopper_ids.c.no, t.shopper_ids.c.id).where(t.shopper_ids.c.no.in_(part))
        found.update((row.no, row.id) for row in connection.execute(names_of))
    return found


def idle(connection: Connection, first: int, before: int, *, sessions: bool) -> list[tuple[int, str]]:
    """See `ports.erasure.Erasing.idle`, of the `LOOKED_AT` shoppers from the number `first` on."""
    names, column = t.shopper_ids.c, c.session if sessions else c.user

    def did(more: ColumnElement[bool]) -> Exists:
        return exists().where(column == names.no, more).correlate(t.shopper_ids)

    asked = select(names.no, names.id).where(
        names.no.between(first, first + LOOKED_AT - 1),
        names.id.startswith("s:" if sessions else "u:", autoescape=True),
        did(true()),
        ~did(c.at >= before),
    )
    if sessions:
        asked = asked.where(~did(c.user.is_not(None)))
    return [(row.no, row.id) for row in connection.execute(asked.order_by(names.no))]


def _joined(connection: Connection, shopper: str) -> set[str]:
    """The shopper and everyone whom the newest aliases join to them, directly or through others."""
    pairs: dict[frozenset[str], bool] = {}
    for _, alias in _aliases(connection):
        pairs[frozenset(map(_interned, (alias.user, alias.same_as)))] = alias.joined
    names = {shopper}
    while more := {each for pair, joined in pairs.items() if joined and pair & names for each in pair} - names:
        names |= more
    return names


def _interned(name: str) -> str:
    """An alias names users by their ids, and a session as `s:…`."""
    return name if name.startswith("s:") else f"u:{name}"


def _aliases(connection: Connection) -> Iterator[tuple[int, Alias]]:
    for seq, body in connection.exec_driver_sql(ALIASES).all():
        yield seq, msgspec.json.decode(body, type=Alias)


def _numbers(connection: Connection, names: Iterable[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in _parts(sorted(names)):
        asked = select(t.shopper_ids.c.no, t.shopper_ids.c.id).where(t.shopper_ids.c.id.in_(part))
        found.update((row.no, row.id) for row in connection.execute(asked))
    return found


def _shared(connection: Connection, session: int, users: Sequence[int]) -> bool:
    """Whether a session was another user's too."""
    other = select(c.seq).where(c.session == session, c.user.is_not(None), c.user.not_in(users)).limit(1)
    return connection.execute(other).first() is not None


def erase_some(connection: Connection, numbers: Sequence[int], counts: dict[str, int]) -> bool:
    """Erases up to `AT_ONCE` changes of these shoppers, counting them; whether there may be more."""
    rows: list[Any] = []
    for part in _parts(numbers):
        for mine in (c.user.in_(part), c.session.in_(part) & c.user.is_(None)):
            rows += connection.execute(select(c.seq, c.id, c.type).where(mine).limit(AT_ONCE - len(rows))).all()
            if len(rows) == AT_ONCE:
                break
    for row in rows:
        counts[KINDS.get(row.type, "events")] += 1
    _drop(connection, [row.seq for row in rows])
    counts["ids"] += _delete(connection, t.ids, t.ids.c.id, [row.id for row in rows if row.id is not None])
    return len(rows) == AT_ONCE


def erase_rest(connection: Connection, shoppers: Mapping[int, str], received: int, counts: dict[str, int]) -> int:
    """Erases what tells their ids, and appends the Erasure; its `seq`. The caller has erased their changes."""
    numbers = sorted(shoppers)
    names = set(shoppers.values())
    told = [seq for seq, each in _aliases(connection) if names & set(map(_interned, (each.user, each.same_as)))]
    _drop(connection, told)
    counts["aliases"] += len(told)
    counts["records"] += _delete(connection, t.users, t.users.c.no, numbers)
    for part in _parts(numbers):
        # Acts of another user on a session that is forgotten stay theirs; the session's id goes.
        others = update(t.changes).where(c.session.in_(part)).values(session=None, original=None)
        connection.execute(others)
        named = update(t.shopper_ids).where(t.shopper_ids.c.no.in_(part))
        erased = literal(ERASED_PREFIX) + cast(t.shopper_ids.c.no, Text)
        counts["shoppers"] += connection.execute(named.values(id=erased)).rowcount
    seq = head(connection) + 1
    entry = Erasure(shoppers=tuple(numbers))
    connection.exec_driver_sql(INSERT_CHANGE, [stored_entry(entry, seq, received, None)])
    return seq


def _drop(connection: Connection, seqs: Sequence[int]) -> None:
    for part in _parts(seqs):
        connection.execute(update(t.changes).where(c.seq.in_(part)).values(**NOTHING))


def _delete(connection: Connection, table: Table, column: Any, values: Sequence[Any]) -> int:
    return sum(connection.execute(delete(table).where(column.in_(part))).rowcount for part in _parts(values))


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), PART):
        yield values[start : start + PART]
