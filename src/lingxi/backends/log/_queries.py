"""What is asked of the log again and again, compiled once: processes that follow it ask for every change."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, bindparam, case, literal_column, or_, select

from lingxi.backends._sqlite import Fixed
from lingxi.backends.log import _tables as t
from lingxi.backends.log._runs import EVENT, RUN_COLUMNS, TOLD

c = t.changes.c


def _number(value: int) -> ColumnElement[int]:
    """A number that stands in the statement itself."""
    return literal_column(str(int(value)))


def _newer(query: Select[Any]) -> Fixed:
    """At most so many of what follows a `seq`."""
    return Fixed(query.where(c.seq > bindparam("after")).order_by(c.seq).limit(bindparam("most")))


def _run() -> Fixed:
    """What a run is made of; of events the rest only where the state reads it."""
    told = c.kind.in_([_number(kind) for kind in sorted(TOLD)])
    return _newer(select(*RUN_COLUMNS[:-1], case((or_(c.type != _number(EVENT), told), c.rest))))


def _changes(of: str) -> Fixed:
    """Whole changes with the ids that they name; `of` one user or session if given."""
    item, user, session = t.item_ids.alias(), t.shopper_ids.alias(), t.shopper_ids.alias()
    query = (
        select(*t.changes.c, item.c.id, user.c.id, session.c.id)
        .outerjoin(item, item.c.no == c.item)
        .outerjoin(user, user.c.no == c.user)
        .outerjoin(session, session.c.no == c.session)
    )
    if of:
        query = query.where({"user": user, "session": session}[of].c.id == bindparam("who"))
    return _newer(query)


def _named(table: Table) -> Fixed:
    """The ids that got their numbers in a part of the log."""
    between = table.c.seq > bindparam("after"), table.c.seq <= bindparam("last")
    return Fixed(select(table.c.no, table.c.id).where(*between))


RUN: Final = _run()
CHANGES: Final = {of: _changes(of) for of in ("", "user", "session")}
NAMED: Final = (_named(t.item_ids), _named(t.shopper_ids))
