"""The tables of one shop's log, for every SQL engine.

A shop is a database of its own (SQLite: a file in the shop's folder; elsewhere a schema), so that no table has a column
for it and no query can reach another shop's rows.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text

from lingxi.domain.change import Type

VERSION: Final = 4
"""The version of these tables; `_migrations.py` leads every older one here."""

metadata = MetaData()

Number = BigInteger().with_variant(Integer(), "sqlite")

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

changes = Table(
    "changes",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("type", SmallInteger, nullable=False),
    Column("id", Text),
    Column("at", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("tie", BigInteger, nullable=False),
    Column("user", Integer),
    Column("session", Integer),
    Column("item", Integer),
    Column("kind", SmallInteger, nullable=False),
    Column("quantity", Double),
    Column("price", Double),
    Column("list_price", Double),
    Column("order_id", Text),
    Column("marks", Text),
    Column("repairs", Text),
    Column("original", Text),
    Column("rest", LargeBinary),
)
"""Every change. `rest` is msgspec JSON: of an event the fields without a column, of any other entry the whole."""

by_user = Index("changes_by_user", changes.c.user, sqlite_where=changes.c.user.is_not(None))
by_session = Index("changes_by_session", changes.c.session, sqlite_where=changes.c.session.is_not(None))
by_release = Index(
    "changes_by_release", changes.c.type, changes.c.seq, sqlite_where=changes.c.type == int(Type.RELEASE)
)

by_alias = Index("changes_by_alias", changes.c.seq, sqlite_where=changes.c.type == int(Type.ALIAS))
by_rules = Index("changes_by_rules", changes.c.seq, sqlite_where=changes.c.type == int(Type.RULES))
by_erasure = Index("changes_by_erasure", changes.c.seq, sqlite_where=changes.c.type == int(Type.ERASURE))

ids = Table(
    "ids",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Which event ids are stored, with the digest of their content: a second sending is a duplicate or a conflict."""


def _interned(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("no", Integer, primary_key=True, autoincrement=False),
        Column("id", Text, nullable=False, unique=True),
        Column("seq", BigInteger, nullable=False, index=True),
    )


item_ids = _interned("item_ids")
"""Item ids by number; `seq` is the change that named the item first."""

shopper_ids = _interned("shopper_ids")
"""Shopper ids (`u:…`, `s:…`) by number."""


def _records(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("no", Integer, primary_key=True, autoincrement=False),
        Column("seq", BigInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
    )


items = _records("items")
"""The newest version of each posted item as msgspec JSON."""

users = _records("users")
"""The newest version of each posted user."""
