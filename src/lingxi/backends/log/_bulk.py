"""Appends an import's columns: what `_append.py` does for single entries, done a column at a time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import Connection

from lingxi.backends.log._append import INSERT_CHANGE, INSERT_ID, Appender, Written, look_up
from lingxi.backends.log._rows import encode
from lingxi.domain.change import Type
from lingxi.ports.log import Columns

EVENT: Final = int(Type.EVENT)
GREATEST: Final = "SELECT max(id) FROM ids"

Column = Sequence[Any]


class Block(NamedTuple):
    """Events as lists of one length, hashed before the lock is taken; `user` and `session` are prefixed as the log
    interns them, `content` is kind, quantity, price, list price, order, marks, repairs, original and the rest."""

    id: Column
    at: Column
    received: Column
    tie: Column
    digest: Column
    user: Column
    session: Column
    item: Column
    content: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.id)

    def part(self, rows: slice | list[int]) -> Block:
        """The same columns, of some rows."""

        def cut(column: Column) -> Column:
            return column[rows] if isinstance(rows, slice) else [column[row] for row in rows]

        id_, at, received, tie, digest, user, session, item = (cut(column) for column in self[:-1])
        content = tuple(cut(column) for column in self.content)
        return Block(id_, at, received, tie, digest, user, session, item, content)


def block_of(columns: Columns) -> Block:
    """The columns of an import, ready to be appended; NaN becomes None."""
    at, kind = columns.at.tolist(), columns.kind.tolist()
    numbers = (columns.quantity, columns.price, columns.list_price)
    quantity, price, list_price = (_plain(each.tolist()) for each in numbers)
    told = zip(
        *(at, columns.user, columns.session, columns.item, kind, quantity, price, list_price),
        *(columns.order, columns.rest),
        strict=True,
    )
    blake2b = hashlib.blake2b
    ties = b"".join([blake2b(each.encode(), digest_size=8).digest() for each in columns.id])
    return Block(
        id=columns.id,
        at=at,
        received=columns.received.tolist(),
        tie=np.frombuffer(ties, ">i8").tolist(),
        digest=[blake2b(encode(content), digest_size=16).digest() for content in told],
        user=_prefixed("u:", columns.user),
        session=_prefixed("s:", columns.session),
        item=columns.item,
        content=(
            *(kind, quantity, price, list_price),
            *(columns.order, columns.marks, columns.repairs, columns.original, columns.rest),
        ),
    )


def _plain(column: list[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column]


def _prefixed(prefix: str, column: Sequence[str | None]) -> list[str | None]:
    named = {each: f"{prefix}{each}" for each in set(column) if each is not None}
    return [named.get(each) for each in column]  # type: ignore[arg-type]


def append_block(
    appender: Appender, connection: Connection, block: Block, seq: int
) -> tuple[list[tuple[int, int]], Written]:
    """Appends each event that is new after `seq`, the greatest; the caller holds the transaction, and keeps the numbers
    after the commit.

    Returns (outcome code, seq) of each, and what was written.
    """
    known = look_up(connection, _maybe_there(connection, block.id))
    if not known and len(set(block.id)) == len(block):
        numbers = range(seq + 1, seq + 1 + len(block))
        return list(zip(repeat(0, len(block)), numbers, strict=True)), _write(appender, connection, block, numbers)
    outcomes: list[tuple[int, int]] = []
    fresh: list[int] = []
    for row, (name, digest) in enumerate(zip(block.id, block.digest, strict=True)):
        there = known.get(name)
        if there is not None:
            outcomes.append((1 if there[0] == digest else 2, there[1]))
            continue
        fresh.append(row)
        known[name] = (digest, seq + len(fresh))
        outcomes.append((0, seq + len(fresh)))
    return outcomes, _write(appender, connection, block.part(fresh), range(seq + 1, seq + 1 + len(fresh)))


def _maybe_there(connection: Connection, ids: Column) -> list[str]:
    """Those that do not lie behind every stored id: ids begin with a time, and files are mostly in order of it."""
    greatest = connection.exec_driver_sql(GREATEST).scalar()
    return [] if greatest is None else [each for each in ids if each <= greatest]


def _write(appender: Appender, connection: Connection, block: Block, seqs: range) -> Written:
    written = Written()
    if not len(block):
        return written
    first_items = _first(seqs, block.item)
    first_shoppers = _first(seqs, block.user) | _first(seqs, block.session)
    written.items, written.new_items = appender.items.intern(connection, first_items)
    written.shoppers, written.new_shoppers = appender.shoppers.intern(connection, first_shoppers)
    items = appender.items.numbers(first_items, written.items)
    shoppers = appender.shoppers.numbers(first_shoppers, written.shoppers)
    numbers = (map(shoppers.get, block.user), map(shoppers.get, block.session), map(items.get, block.item))
    head_of = (seqs, repeat(EVENT), block.id, block.at, block.received, block.tie)
    connection.exec_driver_sql(INSERT_CHANGE, list(zip(*head_of, *numbers, *block.content, strict=False)))
    connection.exec_driver_sql(INSERT_ID, list(zip(block.id, block.digest, seqs, strict=True)))
    return written


def _first(seqs: range, names: Column) -> dict[str, int]:
    """The seq that names each id first, in order of seq."""
    first = dict(zip(reversed(names), reversed(seqs), strict=True))
    first.pop(None, None)
    return dict(sorted(first.items(), key=lambda each: each[1]))
