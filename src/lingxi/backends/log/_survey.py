"""What a look over the whole log finds, counted by the database."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select

from lingxi.backends.log import _tables as t
from lingxi.backends.log._rows import change_of
from lingxi.domain.change import Change, Type
from lingxi.ports.survey import Survey

_c = t.changes.c


def survey(connection: Connection) -> Survey:
    """Counts the whole log."""
    orders, lines = _orders(connection)
    return Survey(types=_types(connection), rules=_rules(connection), orders=orders, order_lines=lines)


def _types(connection: Connection) -> dict[str, int]:
    """How many changes there are of each type."""
    found = connection.execute(select(_c.type, func.count()).group_by(_c.type))
    return {Type(number).name.lower(): count for number, count in found}


def _rules(connection: Connection) -> dict[str, int]:
    """How many stored events each rule marked or repaired."""
    doubted = _c.marks.is_not(None) | _c.repairs.is_not(None)
    asked = select(_c.marks, _c.repairs, func.count()).where(doubted).group_by(_c.marks, _c.repairs)
    counts: Counter[str] = Counter()
    for marks, repairs, count in connection.execute(asked):
        for name in f"{marks or ''},{repairs or ''}".split(","):
            counts[name] += count
    del counts[""]
    return dict(counts)


def _orders(connection: Connection) -> tuple[int, int]:
    """How many orders there are, and how many events are part of one."""
    asked = select(func.count(_c.order_id.distinct()), func.count(_c.order_id)).where(_c.type == int(Type.EVENT))
    orders, lines = connection.execute(asked).one()
    return int(orders), int(lines)


def examples(connection: Connection, rule: str, limit: int) -> list[Change]:
    """The first events that a rule marked or repaired."""
    item, user, session = t.item_ids.alias(), t.shopper_ids.alias(), t.shopper_ids.alias()
    named = [literal(",") + func.coalesce(column, "") + literal(",") for column in (_c.marks, _c.repairs)]
    asked: Select[Any] = (
        select(*t.changes.c, item.c.id, user.c.id, session.c.id)
        .outerjoin(item, item.c.no == _c.item)
        .outerjoin(user, user.c.no == _c.user)
        .outerjoin(session, session.c.no == _c.session)
        .where(named[0].contains(f",{rule},", autoescape=True) | named[1].contains(f",{rule},", autoescape=True))
        .order_by(_c.seq)
        .limit(limit)
    )
    rows = connection.execute(asked).all()
    return [change_of(row, row[18], *(None if each is None else each[2:] for each in row[19:21])) for row in rows]
