"""What every SQLite backend shares: how a file is opened, and what its failures are called."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from lingxi.domain.errors import Incompatible, LingxiError, Unavailable

BUSY_SECONDS = 5.0
TURN_SECONDS = 0.001
STAND_BACK_MS = 100
PATIENCE_SECONDS = 60.0
REMEDIES = (
    ("full", "the disk is full", "free some space; what was acknowledged is safe and serving goes on"),
    ("readonly", "the folder is read-only", "give the user that runs Lingxi the right to write it"),
    ("unable to open", "the file cannot be opened", "check that the folder exists and may be written"),
    ("locked", "the database is locked by another process", "wait for it to finish, or stop it"),
    ("disk i/o", "the disk does not answer", "check the disk; what was acknowledged is safe"),
)


def open_sqlite(path: Path) -> Engine:
    """An engine on the file: WAL, every commit on disk before it returns, explicit transactions.

    Raises:
        Unavailable: the folder cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"the folder cannot be made: {error.strerror}", where=str(path.parent)) from error
    engine = create_engine(
        f"sqlite:///{path}",
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "cached_statements": 256},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def widen(connection: Connection) -> None:
    """Lets a connection that writes all over a large file keep 64 MB of its pages; every other one keeps 8, and the
    system's own cache the rest."""
    connection.exec_driver_sql("PRAGMA cache_size=-65536")


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-8192")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute("PRAGMA wal_autocheckpoint=8000")


@contextmanager
def transaction(connection: Connection, place: str) -> Iterator[Connection]:
    """One write transaction; it is committed on leaving, or nothing of it is kept.

    Raises:
        Unavailable: it cannot be done now (disk full, read-only, locked).
        Incompatible: the file is no database of ours.
    """
    with told(place):
        _begin(bare(connection))
        try:
            yield connection
            bare(connection).execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise


def eager(connection: Connection) -> None:
    """Lets a connection that takes turns with writers of other processes look for its own every millisecond: SQLite's
    own waiting sleeps for up to a tenth of a second, and one of two busy writers starves."""
    connection.exec_driver_sql("PRAGMA busy_timeout=0")


def bare(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, for what every transaction of the log runs: a statement of one row takes it a few
    microseconds, and SQLAlchemy forty around that, which a busy loop waits for."""
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection), "these backends have one driver"  # noqa: S101
    return raw


class Fixed:
    """A query that is compiled once and then run on the driver itself, for what is asked again and again: to build and
    look up a statement of many columns takes SQLAlchemy several times what SQLite takes to answer it."""

    def __init__(self, query: Select[Any]) -> None:
        compiled = query.compile(dialect=sqlite.dialect())
        self._sql, self._names, self._usual = str(compiled), compiled.positiontup or (), compiled.params

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """All rows as the driver gives them; `values` by the names of the query's parameters."""
        given = {**self._usual, **values}
        return bare(connection).execute(self._sql, [given[name] for name in self._names]).fetchall()


def _begin(connection: sqlite3.Connection) -> None:
    """Begins to write, once no other process does; gives up after BUSY_SECONDS."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(TURN_SECONDS)
        else:
            return


@contextmanager
def synced_at_the_end(connection: Connection, place: str, nothing: str) -> Iterator[None]:
    """Many transactions that need be on disk only when all of them are: one fsync instead of one each.

    What was committed inside survives the death of the process at any moment; it survives the loss of power once this
    returns.
    """
    with _unsynced(connection):
        yield
    settle(connection, place, nothing)


@contextmanager
def fleeting(connection: Connection, place: str) -> Iterator[Connection]:
    """A `transaction` that is on disk only after `settle`, or after the next that is no such."""
    with _unsynced(connection), transaction(connection, place):
        yield connection


@contextmanager
def lasting(connection: Connection, place: str) -> Iterator[Connection]:
    """A `transaction` that is on disk when it has ended, whatever became of one that was not."""
    with told(place):
        bare(connection).execute("PRAGMA synchronous=FULL")
    with transaction(connection, place):
        yield connection


def settle(connection: Connection, place: str, nothing: str) -> None:
    """A commit that brings the whole WAL onto the disk.

    Its statement says `nothing` new, but it must rewrite a key with itself: an update that leaves all other columns as
    they were writes no page.
    """
    with lasting(connection, place):
        bare(connection).execute(nothing)


@contextmanager
def _unsynced(connection: Connection) -> Iterator[None]:
    bare(connection).execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        bare(connection).execute("PRAGMA synchronous=FULL")


def truncate_wal(engine: Engine, place: str) -> bool:
    """Brings what the WAL holds into the file and empties it: what was deleted is then in neither.

    Returns False where a reader or a writer is in the way now; writers wait for `STAND_BACK_MS` at most.
    """
    with told(place), engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={STAND_BACK_MS}")
        try:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            busy = 1
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    return busy == 0


def emptied(engine: Engine, place: str) -> None:
    """`truncate_wal`, until nobody is in the way.

    Raises:
        Unavailable: somebody is for longer than `PATIENCE_SECONDS`.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while not truncate_wal(engine, place):
        if time.monotonic() > until:
            what = "what was deleted cannot be overwritten: another process keeps reading"
            raise Unavailable(what, where=place, remedy="end that process, then `lingxi forget` again")
        time.sleep(STAND_BACK_MS / 1000)


def vacuum(connection: Connection, place: str) -> None:
    """Writes the whole file anew, without what lies between its rows; writers wait meanwhile.

    Raises:
        Unavailable: the disk has no room for the copy, or another process writes.
    """
    with told(place):
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
        try:
            connection.exec_driver_sql("VACUUM")
        finally:
            eager(connection)


def _roll_back(connection: Connection) -> None:
    raw = bare(connection)
    if raw.in_transaction:
        raw.rollback()


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turns the engine's failures, and its driver's, into ours, in one line each."""
    try:
        yield
    except DBAPIError as error:
        raise _ours(error.orig or error, place) from error
    except sqlite3.Error as error:
        raise _ours(error, place) from error


def _ours(error: BaseException, place: str) -> LingxiError:
    said = str(error).lower()
    for mark, what, remedy in REMEDIES:
        if mark in said.replace("attempt to write a ", ""):
            return Unavailable(what, where=place, remedy=remedy)
    if isinstance(error, sqlite3.DatabaseError) and ("not a database" in said or "malformed" in said):
        return Incompatible("the file is damaged or no Lingxi database", where=place, remedy="restore it from a backup")
    return Unavailable(f"the database refused: {error}", where=place)


def copy_database(source: Path, to: Path) -> None:
    """A copy of the database as it is now, compact; who writes it goes on.

    Raises:
        Unavailable: the disk has no room.
        Incompatible: the source is damaged.
    """
    engine = open_sqlite(source)
    try:
        with told(str(to)), engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(to),))
    finally:
        engine.dispose()


def faults_of(path: Path) -> list[str]:
    """What a look through the whole file finds wrong; nothing where it is sound."""
    engine = open_sqlite(path)
    try:
        with engine.connect() as connection:
            found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(5)")]
    except DBAPIError as error:
        return [str(error.orig)]
    finally:
        engine.dispose()
    return [] if found == ["ok"] else found
