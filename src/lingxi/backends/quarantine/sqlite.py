"""The quarantine of one shop in one SQLite file."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from lingxi.backends._sqlite import emptied, open_sqlite, told, transaction, truncate_wal
from lingxi.backends.quarantine._naming import named
from lingxi.domain.naming import Names
from lingxi.ports.quarantine import Held

BODY_LIMIT: Final = 65_536
"""Bytes of what was sent that are kept."""
DELETED_AT_ONCE: Final = 500

metadata = MetaData()
held_table = Table(
    "held",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", LargeBinary, nullable=False, unique=True),
    Column("received", BigInteger, nullable=False),
    Column("rule", Text, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sort", Text, nullable=False, server_default=""),
)
COLUMNS: Final = tuple(column for column in held_table.c if column.name != "key")


class SqliteQuarantine:
    """`ports.quarantine.Quarantine` on `<folder>/quarantine.db`. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self.place = str(folder / "quarantine.db")
        self._engine = open_sqlite(folder / "quarantine.db")
        self._lock = threading.Lock()
        with told(self.place):
            self._writer = self._engine.connect()
        with transaction(self._writer, self.place) as connection:
            metadata.create_all(connection)
            _complete(connection)

    def hold(self, held: Sequence[Held]) -> None:
        """See `ports.quarantine.Quarantine.hold`."""
        if not held:
            return
        rows = [_row(each) for each in held]
        with self._lock, transaction(self._writer, self.place) as connection:
            connection.execute(insert(held_table).on_conflict_do_nothing(index_elements=["key"]), rows)

    def counts(self) -> dict[str, int]:
        """See `ports.quarantine.Quarantine.counts`."""
        asked = select(held_table.c.rule, func.count()).group_by(held_table.c.rule).order_by(held_table.c.rule)
        with told(self.place), self._engine.connect() as connection:
            return {row.rule: row[1] for row in connection.execute(asked)}

    def newest(self, limit: int, rule: str | None = None, below: int | None = None) -> list[Held]:
        """See `ports.quarantine.Quarantine.newest`."""
        c = held_table.c
        asked = select(*COLUMNS).order_by(c.number.desc()).limit(limit)
        if rule is not None:
            asked = asked.where(c.rule == rule)
        if below is not None:
            asked = asked.where(c.number < below)
        with told(self.place), self._engine.connect() as connection:
            return [Held(**row._mapping) for row in connection.execute(asked)]

    def change(self, changes: Mapping[int, Held | None]) -> None:
        """See `ports.quarantine.Quarantine.change`."""
        c = held_table.c
        with self._lock, transaction(self._writer, self.place) as connection:
            for number, held in changes.items():
                row = None if held is None else _row(held)
                twin = row and connection.execute(select(c.number).where(c.key == row["key"])).scalar()
                if row is None or twin not in (None, number):
                    connection.execute(delete(held_table).where(c.number == number))
                else:
                    connection.execute(update(held_table).where(c.number == number).values(row))
        truncate_wal(self._engine, self.place)

    def naming(self, ids: Collection[str]) -> Iterator[tuple[str, Held]]:
        """See `ports.quarantine.Quarantine.naming`."""
        c = held_table.c
        asked = select(*COLUMNS).order_by(c.number)
        names = Names(ids)
        with told(self.place), self._engine.connect() as connection:
            for row in connection.execute(asked):
                for name in named(row.body, row.reason, names):
                    yield name, Held(**row._mapping)

    def forget(self, ids: Collection[str]) -> dict[str, int]:
        """See `ports.quarantine.Quarantine.forget`."""
        found = [(name, held.number) for name, held in self.naming(ids)]
        # Also where nothing is found: what `change` let go may still stand in the write-ahead log.
        self._delete(sorted({number for _, number in found}))
        return dict(Counter(name for name, _ in found))

    def expire(self, before: int) -> int:
        """See `ports.quarantine.Quarantine.expire`."""
        with told(self.place), self._engine.connect() as connection:
            old = list(connection.execute(select(held_table.c.number).where(held_table.c.received < before)).scalars())
        if old:
            self._delete(old)
        return len(old)

    def _delete(self, numbers: Sequence[int]) -> None:
        for start in range(0, len(numbers), DELETED_AT_ONCE):
            part = numbers[start : start + DELETED_AT_ONCE]
            with self._lock, transaction(self._writer, self.place) as connection:
                connection.execute(delete(held_table).where(held_table.c.number.in_(part)))
        emptied(self._engine, self.place)

    def close(self) -> None:
        """Releases the file."""
        self._writer.close()
        self._engine.dispose()


def _complete(connection: Connection) -> None:
    """Adds the column that the table of an older version lacks."""
    columns = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(held)")}
    if "sort" not in columns:
        connection.exec_driver_sql("ALTER TABLE held ADD COLUMN sort TEXT NOT NULL DEFAULT ''")


def _row(held: Held) -> dict[str, Any]:
    """The columns of something held, but its number."""
    told = {"received": held.received, "rule": held.rule, "reason": held.reason, "sort": held.sort}
    return {"key": _key(held), **told, "body": _kept(held.body)}


def _kept(body: str) -> str:
    """What is kept of a body; half a surrogate pair, which no database takes, becomes a question mark."""
    return body.encode(errors="replace")[:BODY_LIMIT].decode(errors="ignore")


def _key(held: Held) -> bytes:
    told = f"{held.rule}\0{held.body}" + ("" if held.sort in ("", "event") else f"\0{held.sort}")
    return hashlib.blake2b(told.encode(errors="surrogatepass"), digest_size=16).digest()


def open_quarantine(folder: Path) -> SqliteQuarantine:
    """Opens, or creates, the quarantine in a shop's folder.

    Raises:
        Unavailable: the folder cannot be written.
    """
    return SqliteQuarantine(folder)
