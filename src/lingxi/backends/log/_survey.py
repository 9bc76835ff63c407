"""What a look over the whole log finds: counts, every event as columns, a few changes in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import Connection, Select, func, select

from lingxi.backends.log import _tables as t
from lingxi.backends.log._rows import change_of
from lingxi.domain.change import Change, Type
from lingxi.ports.survey import FIELDS, SCHEMA, Survey

_c = t.changes.c
BLOCK: Final = 65_536
COLUMNS: Final = (
    *(_c.seq, _c.at, _c.user, _c.session, _c.item, _c.kind, _c.quantity, _c.price, _c.list_price),
    *(_c.order_id, _c.marks, _c.repairs, _c.rest),
)
ROW: Final = {
    "seq": pl.Int64,
    "at": pl.Int64,
    "user": pl.Int32,
    "session": pl.Int32,
    "item": pl.Int32,
    "kind": pl.Int8,
    "quantity": pl.Float32,
    "price": pl.Float32,
    "list_price": pl.Float32,
    "order": pl.String,
    "marks": pl.Categorical,
    "repairs": pl.Categorical,
}
"""The columns but the last as they come from the database."""

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_BIT: Final = {name: 1 << place for place, name in enumerate(FIELDS)}


def survey(connection: Connection) -> Survey:
    """Counts the whole log."""
    found = connection.execute(select(_c.type, func.count()).group_by(_c.type))
    return Survey(types={Type(number).name.lower(): count for number, count in found})


def frames(connection: Connection, until_seq: int) -> Iterator[pl.DataFrame]:
    """Every event up to `until_seq`, in frames of `ports.survey.SCHEMA`."""
    asked = select(*COLUMNS).where(_c.type == int(Type.EVENT), _c.seq <= until_seq)
    cursor = connection.execute(asked).cursor
    while cursor is not None and (block := cursor.fetchmany(BLOCK)):
        yield _frame(list(zip(*block, strict=True)))


def _frame(columns: Sequence[Sequence[Any]]) -> pl.DataFrame:
    raw = pl.DataFrame(
        {name: pl.Series(values, dtype=dtype) for (name, dtype), values in zip(ROW.items(), columns[:-1], strict=True)}
        | {"rest": pl.Series([0 if rest is None else _mask(rest) for rest in columns[-1]], dtype=pl.UInt16)}
    )
    given = pl.col("rest")
    for name in FIELDS:
        if name in ROW:
            given = given | pl.when(pl.col(name).is_null()).then(0).otherwise(_BIT[name]).cast(pl.UInt16)
    return raw.with_columns(
        pl.coalesce("user", "session", -1).cast(pl.Int32).alias("shopper"),
        pl.col("item").fill_null(-1),
        pl.when(pl.col("order").is_not_null()).then(pl.col("order").hash()).alias("order"),
        given.alias("given"),
    ).select(SCHEMA.names())


def _mask(rest: bytes) -> int:
    """The bits of the fields that an event's `rest` holds."""
    return sum(_BIT[name] for name in _fields(rest))


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
