"""The quarantine of one shop in one SQLite file."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text, func, select
from sqlalchemy.dialects.sqlite import insert

from lingxi.backends._sqlite import open_sqlite, told, transaction
from lingxi.ports.quarantine import Held

BODY_LIMIT: Final = 65_536
"""Bytes of what was sent that are kept."""

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
)


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

    def hold(self, held: Sequence[Held]) -> None:
        """See `ports.quarantine.Quarantine.hold`."""
        if not held:
            return
        rows = [
            {
                "key": _key(each),
                "received": each.received,
                "rule": each.rule,
                "reason": each.reason,
                "body": _kept(each.body),
            }
            for each in held
        ]
        with self._lock, transaction(self._writer, self.place) as connection:
            connection.execute(insert(held_table).on_conflict_do_nothing(index_elements=["key"]), rows)

    def counts(self) -> dict[str, int]:
        """See `ports.quarantine.Quarantine.counts`."""
        asked = select(held_table.c.rule, func.count()).group_by(held_table.c.rule).order_by(held_table.c.rule)
        with told(self.place), self._engine.connect() as connection:
            return {row.rule: row[1] for row in connection.execute(asked)}

    def newest(self, limit: int, rule: str | None = None) -> list[Held]:
        """See `ports.quarantine.Quarantine.newest`."""
        c = held_table.c
        asked = select(c.number, c.received, c.rule, c.reason, c.body).order_by(c.number.desc()).limit(limit)
        if rule is not None:
            asked = asked.where(c.rule == rule)
        with told(self.place), self._engine.connect() as connection:
            return [Held(**row._mapping) for row in connection.execute(asked)]

    def close(self) -> None:
        """Releases the file."""
        self._writer.close()
        self._engine.dispose()


def _kept(body: str) -> str:
    """What is kept of a body; half a surrogate pair, which no database takes, becomes a question mark."""
    return body.encode(errors="replace")[:BODY_LIMIT].decode(errors="ignore")


def _key(held: Held) -> bytes:
    return hashlib.blake2b(f"{held.rule}\0{held.body}".encode(errors="surrogatepass"), digest_size=16).digest()


def open_quarantine(folder: Path) -> SqliteQuarantine:
    """Opens, or creates, the quarantine in a shop's folder.

    Raises:
        Unavailable: the folder cannot be written.
    """
    return SqliteQuarantine(folder)
