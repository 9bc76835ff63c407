"""The keys of one home in one SQLite file: only their hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from pathlib import Path
from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, insert, select, update

from lingxi.backends._sqlite import open_sqlite, told, transaction
from lingxi.domain.errors import Unknown
from lingxi.ports.clock import Clock
from lingxi.ports.keys import Key

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

    def create(self, name: str, shop: str) -> tuple[Key, str]:
        """See `ports.keys.Keys.create`."""
        secret = PREFIX + secrets.token_urlsafe(32)
        key = Key(
            id=secrets.token_hex(6),
            name=name,
            prefix=secret[:SHOWN],
            shop=shop,
            created=self._clock.now(),
            revoked=None,
        )
        row = {column.name: getattr(key, column.name) for column in SHOWN_COLUMNS} | {"digest": _digest(secret)}
        with self._lock, transaction(self._connection, self.place) as connection:
            connection.execute(insert(keys_table).values(row))
        return key, secret

    def all(self) -> list[Key]:
        """See `ports.keys.Keys.all`."""
        asked = select(*SHOWN_COLUMNS).order_by(keys_table.c.created, keys_table.c.id)
        with self._lock, told(self.place):
            return [Key(**row._mapping) for row in self._connection.execute(asked)]

    def revoke(self, key: str) -> Key:
        """See `ports.keys.Keys.revoke`."""
        c = keys_table.c
        with self._lock, transaction(self._connection, self.place) as connection:
            connection.execute(
                update(keys_table).where(c.id == key, c.revoked.is_(None)).values(revoked=self._clock.now())
            )
            row = connection.execute(select(*SHOWN_COLUMNS).where(c.id == key)).one_or_none()
        if row is None:
            raise Unknown(f"there is no key '{key[:40]}'", where=self.place, remedy="see lingxi key list")
        return Key(**row._mapping)

    def shop_of(self, secret: str) -> str | None:
        """See `ports.keys.Keys.shop_of`."""
        c = keys_table.c
        asked = select(c.digest, c.shop).where(c.prefix == secret[:SHOWN], c.revoked.is_(None))
        with self._lock, told(self.place):
            rows = list(self._connection.execute(asked))
        given = _digest(secret)
        found = [row.shop for row in rows if hmac.compare_digest(row.digest, given)]
        return found[0] if found else None

    def close(self) -> None:
        """Releases the file."""
        self._connection.close()
        self._engine.dispose()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def open_keys(home: Path, clock: Clock) -> SqliteKeys:
    """Opens, or creates, the keys of a home.

    Raises:
        Unavailable: the home cannot be written.
    """
    return SqliteKeys(home, clock)
