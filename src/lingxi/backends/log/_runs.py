"""Rows of the log as arrays: runs for the state, interactions for training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from lingxi.backends.log import _tables as t
from lingxi.backends.log._rows import BODY
from lingxi.domain.change import Type
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import COLUMNS, Interactions
from lingxi.domain.words import query_of
from lingxi.ports.log import Run
from lingxi.spool import in_order

c = t.changes.c
RUN_COLUMNS: Final = (
    *(c.seq, c.type, c.at, c.received, c.tie, c.user, c.session, c.item, c.kind),
    *(c.quantity, c.price, c.list_price, c.marks, c.rest),
)
slim = itemgetter(*(list(t.changes.c).index(column) for column in RUN_COLUMNS))
"""Of the columns of rows as they were inserted those that a run is made of."""

SEARCH: Final = KIND_CODE["search"]
TOLD: Final = frozenset({KIND_CODE["rate"], KIND_CODE["review"], SEARCH})
"""Kinds of events of whose rest the state reads something: a value, or a query."""


Names = dict[int, str]


def run_of_stored(rows: Sequence[Sequence[Any]], new_items: Names, new_shoppers: Names, without: Sequence[str]) -> Run:
    """A run of rows as they were inserted; events with a mark of `without` are left out."""
    return _run(slim(_columns(rows, len(t.changes.c))), new_items, new_shoppers, without)


def run_of(rows: Sequence[Sequence[Any]], new_items: Names, new_shoppers: Names, without: Sequence[str]) -> Run:
    """A run of the rows (RUN_COLUMNS, consecutive `seq`)."""
    return _run(_columns(rows, len(RUN_COLUMNS)), new_items, new_shoppers, without)


def _columns(rows: Sequence[Sequence[Any]], count: int) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * count


def _run(columns: Sequence[Sequence[Any]], new_items: Names, new_shoppers: Names, without: Sequence[str]) -> Run:
    seq, kind_of, at, received, tie, user, session, item, kind, quantity, price, list_price, marks, rest = columns
    user_of = [s if u is None else u for u, s in zip(user, session, strict=True)]
    value, query = _told(kind, rest)
    return Run(
        seq=np.array(seq, np.int64),
        type=np.array(kind_of, np.int8),
        at=np.array(at, np.int64),
        received=np.array(received, np.int64),
        tie=np.array(tie, np.int64),
        shopper=_numbers(user_of),
        item=_numbers(item),
        kind=np.array(kind, np.int8),
        quantity=_doubles(quantity),
        price=_doubles(price),
        list_price=_doubles(list_price),
        value=value,
        query=query,
        entries={
            row: msgspec.json.decode(rest[row], type=BODY[each]) for row, each in enumerate(kind_of) if each in BODY
        }
        if any(kind_of)
        else {},
        new_items=new_items,
        new_shoppers=new_shoppers,
        left_out=_left_out(marks, without),
    )


def _left_out(marks: Sequence[str | None], without: Sequence[str]) -> npt.NDArray[np.bool_] | None:
    """Which rows have one of these marks; None where no row has any."""
    if not without or marks.count(None) == len(marks):
        return None
    return np.array([mark is not None and any(each in without for each in mark.split(",")) for mark in marks], np.bool_)


def _doubles(column: Sequence[float | None]) -> npt.NDArray[np.float64]:
    if column.count(None) == len(column):
        return np.full(len(column), np.nan)
    return np.array(column, np.float64)


class _Rest(msgspec.Struct):
    """What the state reads of an event's rest."""

    value: float | None = None
    query: str | None = None


_REST: Final = msgspec.json.Decoder(_Rest)


def _told(
    kinds: Sequence[int | None], rest: Sequence[bytes | None]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """The value of each rate and review, NaN where there is none; the words of each search, 0 where there are none."""
    values, queries = np.full(len(kinds), np.nan), np.zeros(len(kinds), np.int64)
    if not TOLD.isdisjoint(kinds):
        for row, (kind, body) in enumerate(zip(kinds, rest, strict=True)):
            if kind in TOLD and body:
                told = _REST.decode(body)
                if kind == SEARCH:
                    queries[row] = query_of(told.query or "")
                elif told.value is not None:
                    values[row] = told.value
    return values, queries


def _numbers(column: Iterable[int | None]) -> npt.NDArray[np.int32]:
    return np.array([-1 if value is None else value for value in column], np.int32)


DTYPES: Final = (
    *(np.int64, np.int64, np.int64, np.int32, np.int32),
    *(np.int8, np.float32, np.float32, np.bool_, np.float32),
)


def interactions_of(blocks: Iterable[Sequence[Sequence[Any]]], most: int, folder: Path | None = None) -> Interactions:
    """Interactions in order of `(at, tie)` of blocks of rows (at, received, tie, shopper, item, kind, quantity, price,
    marked, list_price, rest of the kinds TOLD), `most` rows in all; many of them lie in files of `folder`."""
    parts = (Interactions.of(_part(list(zip(*block, strict=True)))) for block in blocks)
    return in_order(parts, most, folder)


def _part(block: Sequence[Sequence[Any]]) -> dict[str, npt.NDArray[Any]]:
    """The columns of Interactions, by name, of the columns of a block."""
    value, query = _told(block[5], block[10])
    columns: list[npt.NDArray[Any]] = [
        np.array(column, dtype) for column, dtype in zip(block[:10], DTYPES, strict=True)
    ]
    return dict(zip(COLUMNS, [*columns, value.astype(np.float32), query], strict=True))


EVENT = int(Type.EVENT)
