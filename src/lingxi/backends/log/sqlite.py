"""The log of one shop in one SQLite file, and the catalog that it keeps in the same transactions."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)

from lingxi.backends._sqlite import (
    eager,
    fleeting,
    open_sqlite,
    settle,
    synced_at_the_end,
    told,
    transaction,
    truncate_wal,
    vacuum,
    widen,
)
from lingxi.backends._sqlite import lasting as to_last
from lingxi.backends._wal import Copier
from lingxi.backends.log import _erase, _survey
from lingxi.backends.log import _tables as t
from lingxi.backends.log._append import Appender, head
from lingxi.backends.log._bulk import Block, append_block, block_of
from lingxi.backends.log._migrations import migrate
from lingxi.backends.log._queries import CHANGES, NAMED, RUN
from lingxi.backends.log._rows import change_of
from lingxi.backends.log._runs import EVENT, TOLD, interactions_of, run_of, run_of_stored
from lingxi.domain.change import Appended, Change, Proposal, Type
from lingxi.domain.history import Interactions
from lingxi.domain.item import Item
from lingxi.domain.user import User
from lingxi.ports.log import Columns, Outcomes, Run
from lingxi.ports.survey import Survey

SLICE_SECONDS: Final = 0.020
"""How long a transaction of an import may hold the write lock."""
PAUSE_SECONDS: Final = 0.001
BLOCK: Final = 65_536
VERSION: Final = "PRAGMA data_version"
NOTHING: Final = "UPDATE schema_version SET version = version"

c = t.changes.c


class SqliteLog:
    """`ports.log.Log` and `ports.catalog.Catalog` on `<folder>/log.db`. Safe to call from several threads."""

    def __init__(self, folder: Path, leave_out: Sequence[str] = ()) -> None:
        self.leave_out = tuple(sorted(set(leave_out)))
        self.place = str(folder / "log.db")
        self._engine = open_sqlite(folder / "log.db")
        self._lock = threading.Lock()
        self._appender = Appender()
        self._copier = Copier(self._engine)
        self._version = -1
        with told(self.place):
            self._writer = self._engine.connect()
            self._watching = self._engine.connect()
            self._watch: Any = self._watching.connection.dbapi_connection
            widen(self._writer)
            eager(self._writer)
        with transaction(self._writer, self.place) as connection:
            migrate(connection, self.place)
            _, self._erased = _erase.heads(connection)

    def append(self, proposals: Sequence[Proposal]) -> list[Appended]:
        """See `ports.log.Log.append`."""
        return self.append_run(proposals)[0]

    def append_run(self, proposals: Sequence[Proposal], *, lasting: bool = True) -> tuple[list[Appended], Run]:
        """`append`, and what it stored as `read` would return it: the state need not read it back. Unless `lasting` it
        survives the death of the process only, until `settle` or a lasting one."""
        with self._lock:
            with (to_last if lasting else fleeting)(self._writer, self.place) as connection:
                last = self._last(connection)
                outcomes, written = self._appender.append(connection, proposals, last)
            self._appender.keep(written)
            self._copier.written(self._writer)
        return outcomes, run_of_stored(written.rows, written.new_items, written.new_shoppers, self.leave_out)

    def settle(self) -> None:
        """Brings all that was appended onto the disk; raises as `append` does."""
        with self._lock:
            settle(self._writer, self.place, NOTHING)

    def append_columns(self, columns: Columns) -> Outcomes:
        """See `ports.log.Log.append_columns`."""
        block = block_of(columns)
        outcomes: list[tuple[int, int]] = []
        size = 1024
        with self._lock, told(self.place), synced_at_the_end(self._writer, self.place, NOTHING):
            while len(outcomes) < len(block):
                started = time.perf_counter()
                outcomes += self._append_slice(block.part(slice(len(outcomes), len(outcomes) + size)))
                spent = time.perf_counter() - started
                size = int(min(max(size * SLICE_SECONDS / max(spent, 1e-4), 256), 16_384))
                time.sleep(PAUSE_SECONDS)
        pairs = np.array(outcomes, np.int64).reshape(-1, 2)
        return Outcomes(code=pairs[:, 0].astype(np.int8), seq=pairs[:, 1])

    def _append_slice(self, block: Block) -> list[tuple[int, int]]:
        with transaction(self._writer, self.place) as connection:
            last = self._last(connection)
            outcomes, written = append_block(self._appender, connection, block, last)
        self._appender.keep(written)
        return outcomes

    def _last(self, connection: Connection) -> int:
        """The greatest `seq`. Remembers no number of an id that was erased since, by whichever process: who comes back
        is someone new."""
        last, newest = _erase.heads(connection)
        if newest != self._erased:
            self._appender, self._erased = Appender(), newest
        return last

    def person(self, shopper: str) -> dict[int, str]:
        """See `ports.erasure.Erasing.person`."""
        with self._reading() as connection:
            return _erase.person(connection, shopper)

    def idle(self, before: int, *, sessions: bool) -> Iterator[tuple[int, str]]:
        """See `ports.erasure.Erasing.idle`."""
        for first in range(0, len(self.shopper_ids()), _erase.LOOKED_AT):
            with self._reading() as connection:
                found = _erase.idle(connection, first, before, sessions=sessions)
            yield from found

    def erase(self, shoppers: Mapping[int, str], received: int) -> tuple[int, dict[str, int]]:
        """See `ports.erasure.Erasing.erase`."""
        counts: dict[str, int] = defaultdict(int)
        numbers = sorted(shoppers)
        while True:
            with self._lock, to_last(self._writer, self.place) as connection:
                if not _erase.erase_some(connection, numbers, counts):
                    return _erase.erase_rest(connection, shoppers, received, counts), dict(counts)
            time.sleep(PAUSE_SECONDS)

    def scrub(self, *, whole: bool = False) -> bool:
        """See `ports.erasure.Erasing.scrub`."""
        if whole:
            with self._lock:
                vacuum(self._writer, self.place)
        return truncate_wal(self._engine, self.place)

    def read(self, after: int, limit: int) -> Run:
        """See `ports.log.Log.read`."""
        with self._reading() as connection:
            rows = RUN.rows(connection, after=after, most=limit)
            last = rows[-1][0] if rows else after
            items, shoppers = (dict(each.rows(connection, after=after, last=last)) for each in NAMED)
        return run_of(rows, items, shoppers, self.leave_out)

    def head(self) -> int:
        """See `ports.log.Log.head`."""
        with self._reading() as connection:
            return head(connection)

    def moved(self) -> bool:
        """Whether anybody has committed since this was asked last, this log's own appends too: so cheap that it can be
        asked a hundred times a second. The first time it is true."""
        try:
            version = self._watch.execute(VERSION).fetchone()[0]
        except sqlite3.Error:
            return True  # whoever reads then is told what is wrong
        moved = version != self._version
        self._version = version
        return bool(moved)

    def interactions(
        self, until_seq: int, since: int | None = None, until: int | None = None, folder: Path | None = None
    ) -> Interactions:
        """See `ports.log.Log.interactions`."""
        asked = select(
            *(c.at, c.received, c.tie, func.coalesce(c.user, c.session, literal(-1)), func.coalesce(c.item, -1)),
            *(c.kind, c.quantity, c.price, c.marks.is_not(None), c.list_price, case((c.kind.in_(TOLD), c.rest))),
        ).where(c.type == EVENT, c.seq <= until_seq)
        if self.leave_out:
            asked = asked.where(_without(self.leave_out))
        if since is not None:
            asked = asked.where(c.at >= since)
        if until is not None:
            asked = asked.where(c.at < until)
        with self._reading() as connection:
            most = min(max(until_seq, 0), head(connection))
            return interactions_of(_blocks(connection, asked), most, folder)

    def changes(self, after: int, limit: int, shopper: str | None = None) -> Iterator[Change]:
        """See `ports.log.Log.changes`."""
        of = "" if shopper is None else "session" if shopper.startswith("s:") else "user"
        with self._reading() as connection:
            rows = CHANGES[of].rows(connection, after=after, most=limit, who=shopper)
        for row in rows:
            who = [None if each is None else each[2:] for each in (row[19], row[20])]
            yield change_of(row, row[18], *who)

    def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """See `ports.catalog.Catalog.items`."""
        return {each.id: each for each in self._records(t.items, t.item_ids, ids, Item)}

    def users(self, ids: Sequence[str]) -> dict[str, User]:
        """See `ports.catalog.Catalog.users`."""
        return {each.id: each for each in self._records(t.users, t.shopper_ids, [f"u:{id_}" for id_ in ids], User)}

    def _records(self, table: Any, names: Any, ids: Sequence[str], kind: type[Any]) -> Iterator[Any]:
        with self._reading() as connection:
            for start in range(0, len(ids), 900):
                part = ids[start : start + 900]
                asked = select(table.c.body).join(names, names.c.no == table.c.no).where(names.c.id.in_(part))
                for row in connection.execute(asked):
                    yield msgspec.json.decode(row.body, type=kind)

    def releases(self, limit: int = 20) -> list[Change]:
        """The newest releases of models, first the newest: its entry names the bundle that is live."""
        return self._newest(Type.RELEASE, limit)

    def rule_sets(self, limit: int = 100) -> list[Change]:
        """The newest sets of merchant rules, first the newest: that one is in force."""
        return self._newest(Type.RULES, limit)

    def _newest(self, kind: Type, limit: int) -> list[Change]:
        asked = select(t.changes).where(c.type == literal_column(str(int(kind)))).order_by(c.seq.desc())
        with self._reading() as connection:
            rows = list(connection.execute(asked.limit(limit)))
        return [change_of(row, None, None, None) for row in rows]

    def survey(self) -> Survey:
        """See `ports.survey.Surveyed.survey`."""
        with self._reading() as connection:
            return _survey.survey(connection)

    def frames(self, until_seq: int) -> Iterator[pl.DataFrame]:
        """See `ports.survey.Surveyed.frames`."""
        with self._reading() as connection:
            yield from _survey.frames(connection, until_seq)

    def shared_sessions(self, until_seq: int) -> Iterator[list[str]]:
        """See `ports.survey.Surveyed.shared_sessions`."""
        with self._reading() as connection:
            found = _survey.shared_sessions(connection, until_seq)
        yield from found

    def marks(self, until_seq: int) -> dict[str, int]:
        """See `ports.survey.Surveyed.marks`."""
        with self._reading() as connection:
            return _survey.marks(connection, until_seq)

    def taken(self, seqs: Sequence[int]) -> list[Change]:
        """See `ports.survey.Surveyed.taken`."""
        with self._reading() as connection:
            return _survey.taken(connection, seqs)

    def all_items(self) -> Iterator[tuple[int, Item]]:
        """See `ports.catalog.Catalog.all_items`."""
        with self._reading() as connection:
            for no, body in connection.execute(select(t.items.c.no, t.items.c.body).order_by(t.items.c.no)):
                yield no, msgspec.json.decode(body, type=Item)

    def first_posted(self) -> dict[int, int]:
        """See `ports.catalog.Catalog.first_posted`."""
        asked = select(c.item, func.min(c.received)).where(c.type == int(Type.ITEM)).group_by(c.item)
        with self._reading() as connection:
            return {int(no): int(received) for no, received in connection.execute(asked)}

    def item_ids(self) -> list[str]:
        """See `ports.catalog.Catalog.item_ids`."""
        return self._all_ids(t.item_ids)

    def shopper_ids(self) -> list[str]:
        """See `ports.catalog.Catalog.shopper_ids`."""
        return self._all_ids(t.shopper_ids)

    def _all_ids(self, table: Any) -> list[str]:
        with self._reading() as connection:
            return list(connection.execute(select(table.c.id).order_by(table.c.no)).scalars())

    def close(self) -> None:
        """See `ports.log.Log.close`."""
        self._copier.close()
        self._writer.close()
        self._watching.close()
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection for one reading, all of it at one moment of the log."""
        with told(self.place), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")


def open_log(folder: Path, leave_out: Sequence[str] = ()) -> SqliteLog:
    """Opens, or creates, the log in a shop's folder; whoever reads it leaves out events with these marks.

    Raises:
        Unavailable: the folder cannot be written, the file is locked.
        Incompatible: it was written by a newer Lingxi, or is no database.
    """
    return SqliteLog(folder, leave_out)


def _without(marks: Sequence[str]) -> ColumnElement[bool]:
    """Events that have none of these marks."""
    named = literal(",").concat(c.marks).concat(",")
    return or_(c.marks.is_(None), not_(or_(*(named.contains(f",{mark},", autoescape=True) for mark in marks))))


def _blocks(connection: Connection, asked: Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    cursor = connection.execute(asked).cursor
    while cursor is not None and (block := cursor.fetchmany(BLOCK)):
        yield block
