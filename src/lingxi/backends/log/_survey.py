"""What a look over the whole log finds: counts, every event as columns, a few changes in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import Connection, Integer, Select, func, literal, select, type_coerce

from lingxi.backends.log import _tables as t
from lingxi.backends.log._rows import change_of
from lingxi.domain.change import Change, Type
from lingxi.ports.survey import FIELDS, SCHEMA, Survey

_c = t.changes.c
BLOCK: Final = 65_536
COLUMNS: Final = {
    "user": _c.user,
    "session": _c.session,
    "item": _c.item,
    "order": _c.order_id,
    "quantity": _c.quantity,
    "price": _c.price,
    "list_price": _c.list_price,
}
"""The fields that may be absent and have a column."""
BIT: Final = {name: 1 << place for place, name in enumerate(FIELDS)}

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def survey(connection: Connection) -> Survey:
    """Counts the whole log."""
    found = connection.execute(select(_c.type, func.count()).group_by(_c.type))
    return Survey(types={Type(number).name.lower(): count for number, count in found})


def marks(connection: Connection, until_seq: int) -> dict[str, int]:
    """How many events up to `until_seq` have which marks."""
    asked = select(_c.marks, func.count()).where(_c.type == int(Type.EVENT), _c.seq <= until_seq).group_by(_c.marks)
    return {row[0] or "": row[1] for row in connection.execute(asked)}


def shared_sessions(connection: Connection, until_seq: int) -> list[list[str]]:
    """The ids of the users that sessions have in common, session by session."""
    named = select(_c.session, _c.user).where(
        _c.type == int(Type.EVENT), _c.seq <= until_seq, _c.session.is_not(None), _c.user.is_not(None)
    )
    pairs = named.distinct().subquery()
    shared = select(pairs.c.session).group_by(pairs.c.session).having(func.count() > 1).subquery()
    asked = (
        select(pairs.c.session, t.shopper_ids.c.id)
        .join(shared, shared.c.session == pairs.c.session)
        .join(t.shopper_ids, t.shopper_ids.c.no == pairs.c.user)
        .order_by(pairs.c.session, t.shopper_ids.c.id)
    )
    found: dict[int, list[str]] = {}
    for session, user in connection.execute(asked):
        if user.startswith("u:"):
            found.setdefault(session, []).append(user[2:])
    return [users for users in found.values() if len(users) > 1]


def frames(connection: Connection, until_seq: int) -> Iterator[pl.DataFrame]:
    """Every event up to `until_seq`, in frames of `ports.survey.SCHEMA`."""
    given = sum((type_coerce(column.is_not(None), Integer) * BIT[name] for name, column in COLUMNS.items()), literal(0))
    asked = select(
        *(_c.seq, _c.at, func.coalesce(_c.user, _c.session, literal(-1)), func.coalesce(_c.item, -1), _c.kind),
        *(_c.quantity, _c.price, _c.list_price, _c.order_id, given, _c.marks, _c.repairs, _c.rest),
    ).where(_c.type == int(Type.EVENT), _c.seq <= until_seq)
    cursor = connection.execute(asked).cursor
    while cursor is not None and (block := cursor.fetchmany(BLOCK)):
        yield _frame(list(zip(*block, strict=True)))


def _frame(columns: Sequence[Sequence[Any]]) -> pl.DataFrame:
    raw = {
        name: pl.Series(values, dtype=pl.String if name == "order" else dtype)
        for (name, dtype), values in zip(SCHEMA.items(), columns, strict=False)
    }
    rest = pl.Series([0 if rest is None else _mask(rest) for rest in columns[-1]], dtype=pl.UInt16)
    order = pl.when(pl.col("order").is_not_null()).then(pl.col("order").hash()).alias("order")
    return pl.DataFrame(raw).with_columns(order, pl.col("given") | rest)


def _mask(rest: bytes) -> int:
    """The bits of the fields that an event's `rest` holds."""
    return sum(BIT[name] for name in _fields(rest))


def taken(connection: Connection, seqs: Sequence[int]) -> list[Change]:
    """The whole changes of these `seq`, in order of `seq`."""
    item, user, session = t.item_ids.alias(), t.shopper_ids.alias(), t.shopper_ids.alias()
    asked: Select[Any] = (
        select(*t.changes.c, item.c.id, user.c.id, session.c.id)
        .outerjoin(item, item.c.no == _c.item)
        .outerjoin(user, user.c.no == _c.user)
        .outerjoin(session, session.c.no == _c.session)
        .where(_c.seq.in_(seqs))
        .order_by(_c.seq)
    )
    rows = connection.execute(asked).all()
    return [change_of(row, row[18], *(None if each is None else each[2:] for each in row[19:21])) for row in rows]
