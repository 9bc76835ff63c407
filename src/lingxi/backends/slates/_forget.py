"""Finds and deletes the slates of shoppers in the file of one day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Table, or_, select
from sqlalchemy import delete as remove

from lingxi.backends._sqlite import emptied, transaction

PART: Final = 250
"""How many shoppers, or slates, one statement names."""


def shopper_of(row: Any, shoppers: Collection[str]) -> str | None:
    """Whose of these shoppers a slate is: the user's, else the session's; None for nobody's."""
    names = (f"u:{row.user}" if row.user is not None else "", f"s:{row.session}" if row.session is not None else "")
    return next((name for name in names if name in shoppers), None)


def read(engine: Engine, table: Table, shoppers: Collection[str]) -> list[Any]:
    """The rows of these shoppers."""
    found: list[Any] = []
    with engine.connect() as connection:
        for part in _parts(sorted(shoppers)):
            found += connection.execute(select(table).where(_theirs(table, part)).order_by(table.c.at)).all()
    return found


def delete(engine: Engine, place: str, table: Table, shoppers: Collection[str]) -> dict[str, int]:
    """Deletes the rows of these shoppers, and empties the WAL; how many there were of each."""
    counts: Counter[str] = Counter()
    requests: list[str] = []
    c = table.c
    with engine.connect() as connection:
        for part in _parts(sorted(shoppers)):
            for row in connection.execute(select(c.request, c.user, c.session).where(_theirs(table, part))):
                counts[shopper_of(row, shoppers) or ""] += 1
                requests.append(row.request)
    for part in _parts(requests):
        with engine.connect() as connection, transaction(connection, place):
            connection.execute(remove(table).where(c.request.in_(part)))
    if requests:
        emptied(engine, place)
    return dict(counts)


def _theirs(table: Table, shoppers: Sequence[str]) -> ColumnElement[bool]:
    c = table.c
    users = [each[2:] for each in shoppers if each.startswith("u:")]
    sessions = [each[2:] for each in shoppers if each.startswith("s:")]
    return or_(c.user.in_(users), c.session.in_(sessions))


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), PART):
        yield values[start : start + PART]
