"""Leads a database of any older version forward, one step at a time, each in the transaction that records it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, insert, inspect, select, update

from lingxi.backends.log import _tables as t
from lingxi.domain.errors import Incompatible

Step = Callable[[Connection], None]


def _index_sessions(connection: Connection) -> None:
    """1 → 2: a guest's history is found by its session."""
    t.by_session.create(connection, checkfirst=True)


def _index_aliases(connection: Connection) -> None:
    """2 → 3: who is the same person, and who was forgotten, is found without reading the whole log."""
    t.by_alias.create(connection, checkfirst=True)
    t.by_erasure.create(connection, checkfirst=True)


def _index_rules(connection: Connection) -> None:
    """3 → 4: the sets of merchant rules are found without reading the whole log."""
    t.by_rules.create(connection, checkfirst=True)


STEPS: Final[dict[int, Step]] = {1: _index_sessions, 2: _index_aliases, 3: _index_rules}
"""By the version that a step starts from."""


def migrate(connection: Connection, place: str) -> None:
    """Creates the tables, or brings older ones to `VERSION`. The caller holds the write transaction.

    Raises:
        Incompatible: the database was written by a newer Lingxi.
    """
    if not inspect(connection).has_table(t.schema_version.name):
        t.metadata.create_all(connection)
        connection.execute(insert(t.schema_version).values(version=t.VERSION))
        return
    version = connection.execute(select(t.schema_version.c.version)).scalar_one()
    if version > t.VERSION:
        raise Incompatible(
            f"the database has version {version}, this Lingxi reads up to {t.VERSION}",
            where=place,
            remedy="upgrade Lingxi, or name another home with LINGXI_HOME",
        )
    for step in range(version, t.VERSION):
        STEPS[step](connection)
        connection.execute(update(t.schema_version).values(version=step + 1))
