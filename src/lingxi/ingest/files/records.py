"""A part of a file → items or users, each line one, or why it is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import polars as pl

from lingxi.domain.item import Item
from lingxi.domain.user import User
from lingxi.ingest.accept import SHAPE, hold, plain
from lingxi.ingest.files.events import _id
from lingxi.ingest.files.mapping import Table
from lingxi.ingest.files.numbers import numbers
from lingxi.ingest.files.tables._table import LINE, Part
from lingxi.ports.quarantine import Held, Sort

Record = Item | User
_NUMBERS: Final = ("price", "list_price", "stock")


def records(part: Part, table: Table, file: str, now: int) -> Iterator[tuple[int, Record | Held]]:
    """(line, item or user, or what is held) of each line of a part."""
    sort: Sort = "item" if table.sort == "items" else "user"
    for fault in part.faults:
        yield fault.line, hold(fault.text, fault.rule, f"{file}, line {fault.line}: {fault.why}", now, sort)
    kind: type[Record] = Item if table.sort == "items" else User
    for line, row in _rows(part.rows, table):
        body = _body(row, table)
        try:
            yield line, msgspec.convert(body, kind)
        except msgspec.ValidationError as error:
            yield line, hold(body, SHAPE, f"{file}, line {line}: {plain(error)}", now, sort)


def _rows(rows: pl.DataFrame, table: Table) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, fields that it has) of each row."""
    fields = [_field(name, rows[column], table) for name, column in table.columns.items()]
    frame = pl.DataFrame(fields)
    for line, row in zip(rows[LINE].to_list(), frame.iter_rows(named=True), strict=True):
        yield line, {name: value for name, value in row.items() if value is not None}


def _field(name: str, values: pl.Series, table: Table) -> pl.Series:
    """A column as its field has it. A number that cannot be read stays text, which the schema then tells."""
    if name == "id":
        return _id(values, name)
    if name in _NUMBERS:
        read = numbers(values, table.form.decimal).alias(name)
        return read if read.null_count() == values.null_count() else _mixed(read, values, name)
    if "." in name and values.dtype.is_numeric():
        return values.alias(name)
    return values.cast(pl.String).str.strip_chars().alias(name)


def _mixed(read: pl.Series, values: pl.Series, name: str) -> pl.Series:
    told = [value if value is not None else sent for value, sent in zip(read.to_list(), values.to_list(), strict=True)]
    return pl.Series(name, told, dtype=pl.Object)


def _body(row: dict[str, Any], table: Table) -> dict[str, Any]:
    """The fields of one item or user, what has no field of its own among its attributes or traits."""
    body = {name: value for name, value in row.items() if "." not in name}
    more = {name.partition(".")[2]: value for name, value in row.items() if "." in name}
    if not more:
        return body
    if table.sort == "items":
        return {**body, "attributes": more}
    return {
        **body,
        "traits": {name: {"value": value, "sensitive": name in table.sensitive} for name, value in more.items()},
    }
