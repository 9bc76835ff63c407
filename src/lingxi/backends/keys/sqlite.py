"""The keys of one home in one SQLite file: only their hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from lingxi.backends._sqlite import open_sqlite, told, transaction
from lingxi.domain.errors import Refused, Unknown
from lingxi.ports.clock import Clock
from lingxi.ports.keys import Key, Scope

PREFIX: Final = "lx_"
SHOWN: Final = 8
"""How many characters of a secret are kept in the clear, to tell keys apart in a list."""

metadata = MetaData()
keys_table = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False, index=True),
    Column("shop", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("digest", LargeBinary, nullable=False),
    Column("rotated", BigInteger),
    Column("scopes", Text, nullable=False, server_default="admin"),
)
SHOWN_COLUMNS = [column for column in keys_table.c if column.name != "digest"]


class SqliteKeys:
    """`ports.keys.Keys` on `<home>/keys.db`.

    A secret has 256 bits of randomness, so one SHA-256 of it withstands guessing: there is nothing to slow down.
    """

    def __init__(self, home: Path, clock: Clock) -> None:
        self.place = str(home / "keys.db")
        self._clock = clock
        self._engine = open_sqlite(home / "keys.db")
        self._lock = threading.Lock()
        with told(self.place):
            self._connection = self._engine.connect()
        with transaction(self._connection, self.place) as connection:
            metadata.create_all(connection)
            _add_columns(connection)

    def create(self, name: str, shop: str, scopes: Sequence[Scope] = ("admin",)) -> tuple[Key, str]:
        """See `ports.keys.Keys.create`."""
        secret = _secret()
        key = Key(
            id=secrets.token_hex(6),
            name=name,
            prefix=secret[:SHOWN],
            shop=shop,
            created=self._clock.now(),
            scopes=tuple(scopes),
        )
        shown = {column.name: getattr(key, column.name) for column in SHOWN_COLUMNS}
        row = shown | {"digest": _digest(secret), "scopes": ",".join(scopes)}
        with self._lock, transaction(self._connection, self.place) as connection:
            connection.execute(insert(keys_table).values(row))
        return key, secret

    def all(self) -> list[Key]:
        """See `ports.keys.Keys.all`."""
        asked = select(*SHOWN_COLUMNS).order_by(keys_table.c.created, keys_table.c.id)
        with self._lock, told(self.place):
            return [_key(row) for row in self._connection.execute(asked)]

    def revoke(self, key: str) -> Key:
        """See `ports.keys.Keys.revoke`."""
        c = keys_table.c
        with self._lock, transaction(self._connection, self.place) as connection:
            connection.execute(
                update(keys_table).where(c.id == key, c.revoked.is_(None)).values(revoked=self._clock.now())
            )
            return self._named(connection, key)

    def rotate(self, key: str) -> tuple[Key, str]:
        """See `ports.keys.Keys.rotate`."""
        secret = _secret()
        fresh = {"prefix": secret[:SHOWN], "digest": _digest(secret), "rotated": self._clock.now()}
        with self._lock, transaction(self._connection, self.place) as connection:
            if self._named(connection, key).revoked is not None:
                remedy = "make another with `lingxi key create`"
                raise Refused(f"key '{key[:40]}' was revoked", where=self.place, remedy=remedy)
            connection.execute(update(keys_table).where(keys_table.c.id == key).values(**fresh))
            return self._named(connection, key), secret

    def opened_by(self, secret: str) -> Key | None:
        """See `ports.keys.Keys.opened_by`."""
        c = keys_table.c
        asked = select(*SHOWN_COLUMNS, c.digest).where(c.prefix == secret[:SHOWN], c.revoked.is_(None))
        with self._lock, told(self.place):
            rows = list(self._connection.execute(asked))
        given = _digest(secret)
        found = [row for row in rows if hmac.compare_digest(row.digest, given)]
        return _key(found[0]) if found else None

    def _named(self, connection: Connection, key: str) -> Key:
        row = connection.execute(select(*SHOWN_COLUMNS).where(keys_table.c.id == key)).one_or_none()
        if row is None:
            raise Unknown(f"there is no key '{key[:40]}'", where=self.place, remedy="see lingxi key list")
        return _key(row)

    def close(self) -> None:
        """Releases the file."""
        self._connection.close()
        self._engine.dispose()


def _add_columns(connection: Connection) -> None:
    """Brings an older table here: its keys may do what they could, everything."""
    there = {column["name"] for column in inspect(connection).get_columns(keys_table.name)}
    if "scopes" not in there:
        connection.exec_driver_sql("ALTER TABLE keys ADD COLUMN rotated BIGINT")
        connection.exec_driver_sql("ALTER TABLE keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'admin'")


def _key(row: Any) -> Key:
    shown = {name: value for name, value in row._mapping.items() if name != "digest"}
    return Key(**{**shown, "scopes": tuple(row.scopes.split(","))})


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def open_keys(home: Path, clock: Clock) -> SqliteKeys:
    """Opens, or creates, the keys of a home.

    Raises:
        Unavailable: the home cannot be written.
    """
    return SqliteKeys(home, clock)
