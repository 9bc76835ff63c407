"""Slates of one shop, a SQLite file a day, written behind the answer."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    Text,
    inspect,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert

from lingxi.backends._sqlite import open_sqlite, told, transaction
from lingxi.backends.slates import _forget
from lingxi.backends.slates._forget import shopper_of
from lingxi.domain.errors import LingxiError
from lingxi.domain.slate import Query, Slate
from lingxi.ports.clock import Clock
from lingxi.ports.slates import SlateRow

EVERY_SECONDS: Final = 0.2
WAITING_LIMIT: Final = 100_000
"""How many slates may wait while the disk does not take them; beyond that the oldest are let go."""

BLOCK: Final = 5_000
"""Slates read at a time."""

metadata = MetaData()
slates_table = Table(
    "slates",
    metadata,
    Column("request", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("user", Text),
    Column("session", Text),
    Column("slate", LargeBinary, nullable=False),
    Column("record", LargeBinary),
    Column("query", LargeBinary),
    sqlite_with_rowid=False,
)
INSERT: Final = str(
    insert(slates_table).on_conflict_do_nothing(index_elements=["request"]).compile(dialect=sqlite.dialect())
)
"""Compiled once: it runs five times a second, for hundreds of rows."""
DAY: Final = 86_400_000_000
log = structlog.get_logger(__name__)
decode_slate = msgspec.json.Decoder(Slate).decode
decode_query = msgspec.json.Decoder(Query).decode
encode = msgspec.json.Encoder().encode


class SqliteSlates:
    """`ports.slates.Slates` on `<folder>/slates/<day>.db`; a thread writes what waits every 200 ms."""

    def __init__(self, folder: Path, retention_days: int, clock: Clock) -> None:
        self.folder = folder / "slates"
        self._retention = retention_days
        self._clock = clock
        self._waiting: list[SlateRow] = []
        self._writing: list[SlateRow] = []
        self._engines: dict[str, Engine] = {}
        self._lock = threading.Lock()
        self._disk = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="slates", daemon=True)
        self._thread.start()

    def put(self, rows: Sequence[SlateRow]) -> None:
        """See `ports.slates.Slates.put`."""
        with self._lock:
            self._waiting.extend(rows)

    def get(self, request: str) -> SlateRow | None:
        """See `ports.slates.Slates.get`."""
        with self._lock:
            waiting = [row for row in (*self._waiting, *self._writing) if row.slate.request == request]
        if waiting:
            return waiting[0]
        for day in sorted(self._days(), reverse=True):
            found = self._look_up(day, request)
            if found is not None:
                return found
        return None

    def _look_up(self, day: str, request: str) -> SlateRow | None:
        c = slates_table.c
        place = str(self._file(day))
        with self._disk, told(place):
            if not self._file(day).exists():
                return None
            with self._engine(day).connect() as connection:
                row = connection.execute(select(slates_table).where(c.request == request)).one_or_none()
        if row is None:
            return None
        return _row(row)

    def newest(self, n: int) -> list[SlateRow]:
        """See `ports.slates.Slates.newest`."""
        with self._lock:
            found = [*self._waiting, *self._writing]
        found = sorted(found, key=lambda row: row.slate.request, reverse=True)[:n]
        known = {row.slate.request for row in found}
        for day in sorted(self._days(), reverse=True):
            if len(found) >= n:
                break
            asked = select(slates_table).order_by(slates_table.c.request.desc()).limit(n)
            with self._disk, told(str(self._file(day))):
                if not self._file(day).exists():
                    continue
                with self._engine(day).connect() as connection:
                    rows = [_row(row) for row in connection.execute(asked)]
            found += [row for row in rows if row.slate.request not in known]
        return found[:n]

    def expire(self, now: int) -> int:
        """See `ports.slates.Slates.expire`."""
        oldest = _day(now - int(timedelta(days=self._retention) / timedelta(microseconds=1)))
        gone = [day for day in self._days() if day < oldest]
        with self._disk:
            for day in gone:
                engine = self._engines.pop(day, None)
                if engine is not None:
                    engine.dispose()
                for file in self.folder.glob(f"{day}.db*"):
                    file.unlink(missing_ok=True)
        return len(gone)

    def of(self, shoppers: Collection[str]) -> Iterator[SlateRow]:
        """See `ports.slates.Slates.of`."""
        with self._lock:
            yield from [row for row in (*self._waiting, *self._writing) if shopper_of(row, shoppers)]
        for day in sorted(self._days()):
            with self._disk, told(str(self._file(day))):
                rows = [] if not self._file(day).exists() else _forget.read(self._engine(day), slates_table, shoppers)
            yield from map(_row, rows)

    def between(self, since: int, until: int) -> Iterator[SlateRow]:
        """See `ports.slates.Slates.between`."""
        with self._lock:
            waiting = [row for row in (*self._waiting, *self._writing) if since <= row.at < until]
        met = {row.slate.request for row in waiting}
        yield from waiting
        for day in sorted(each for each in self._days() if _day(since) <= each <= _day(until)):
            last = (since, "")
            while rows := self._block(day, last, until):
                yield from (_row(row) for row in rows if row.request not in met)
                last = (rows[-1].at, rows[-1].request)

    def _block(self, day: str, after: tuple[int, str], until: int) -> Sequence[Any]:
        """The next slates of a day in order of time, without their records."""
        c = slates_table.c
        asked = select(c.request, c.at, c.user, c.session, c.slate, literal(None).label("record"))
        later = tuple_(c.at, c.request) > tuple_(*after)
        with self._disk, told(str(self._file(day))):
            if not self._file(day).exists():
                return []
            with self._engine(day).connect() as connection:
                return connection.execute(asked.where(later, c.at < until).order_by(c.at, c.request).limit(BLOCK)).all()

    def forget(self, shoppers: Collection[str]) -> dict[str, int]:
        """See `ports.slates.Slates.forget`."""
        counts: Counter[str] = Counter()
        while True:
            with self._lock:
                counts.update(name for row in self._waiting if (name := shopper_of(row, shoppers)))
                self._waiting = [row for row in self._waiting if not shopper_of(row, shoppers)]
                # A group that is being written is on disk before it is looked for there.
                if not any(shopper_of(row, shoppers) for row in self._writing):
                    break
            time.sleep(EVERY_SECONDS / 10)
        for day in sorted(self._days()):
            place = str(self._file(day))
            with self._disk, told(place):
                if self._file(day).exists():
                    counts.update(_forget.delete(self._engine(day), place, slates_table, shoppers))
        return dict(counts)

    def close(self) -> None:
        """See `ports.slates.Slates.close`."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        for engine in self._engines.values():
            engine.dispose()

    def _write_on(self) -> None:
        while not self._closing.wait(EVERY_SECONDS):
            self._write()
        self._write()

    def _write(self) -> None:
        with self._lock:
            rows, self._waiting = self._waiting, []
            self._writing = rows
        if not rows:
            return
        try:
            for day, found in groupby(sorted(rows, key=_day_number), _day_number):
                self._insert(_day(day * DAY), [_values(row) for row in found])
        except LingxiError:
            with self._lock:
                self._waiting = (rows + self._waiting)[-WAITING_LIMIT:]
        except Exception:
            # Such a group would fail for ever: it is let go, so that those after it are kept.
            log.exception("slates that cannot be stored are let go", count=len(rows), where=str(self.folder))
        with self._lock:
            self._writing = []

    def _insert(self, day: str, values: list[tuple[Any, ...]]) -> None:
        place = str(self._file(day))
        with self._disk, told(place), self._engine(day).connect() as connection, transaction(connection, place):
            connection.exec_driver_sql(INSERT, values)

    def _engine(self, day: str) -> Engine:
        if day not in self._engines:
            # Its table is made here: a process killed while it made the file may have left it empty.
            place = self._file(day)
            engine = open_sqlite(place)
            with engine.connect() as connection, transaction(connection, str(place)):
                metadata.create_all(connection)
                _widen(connection)
            self._engines[day] = engine
        return self._engines[day]

    def _file(self, day: str) -> Path:
        return self.folder / f"{day}.db"

    def _days(self) -> list[str]:
        return [file.stem for file in self.folder.glob("*.db")]


def _row(row: Any) -> SlateRow:
    return SlateRow(
        at=row.at,
        user=row.user,
        session=row.session,
        slate=decode_slate(row.slate),
        record=row.record,
        query=_asked(row.query),
    )


def _asked(body: bytes | None) -> Query | None:
    """What was asked; None where another version asked for what this one does not know."""
    try:
        return decode_query(body) if body else None
    except msgspec.DecodeError:
        return None


def _told(query: Query | None) -> bytes | None:
    """What was asked as it is kept; nothing of a text that is no text."""
    try:
        return None if query is None else encode(query)
    except UnicodeEncodeError:
        return None


def _widen(connection: Connection) -> None:
    """A day that an older version began has no column for what was asked."""
    if not any(column["name"] == "query" for column in inspect(connection).get_columns(slates_table.name)):
        connection.exec_driver_sql("ALTER TABLE slates ADD COLUMN query BLOB")


def _day(at: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).date().isoformat()


def _text(value: str | None) -> str | None:
    """The text as a database takes it: half a surrogate pair becomes a question mark."""
    return None if value is None else value.encode(errors="replace").decode()


def _day_number(row: SlateRow) -> int:
    return row.at // DAY


def _values(row: SlateRow) -> tuple[Any, ...]:
    """The row in the order of the table's columns."""
    who = (_text(row.user), _text(row.session))
    return (row.slate.request, row.at, *who, row.body or encode(row.slate), row.record, _told(row.query))


def open_slates(folder: Path, retention_days: int, clock: Clock) -> SqliteSlates:
    """Opens the slates in a shop's folder; days older than `retention_days` go when `expire` is called."""
    return SqliteSlates(folder, retention_days, clock)
