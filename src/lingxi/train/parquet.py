"""A snapshot of events that lie in Parquet files, however many: they are read a part at a time and never held whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingxi.domain.errors import Invalid
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions
from lingxi.spool import in_order
from lingxi.train.snapshot import About, Snapshot, read

ROWS: Final = 500_000
NEEDED: Final = ("kind", "item", "at")
NUMBERS: Final = ("quantity", "price", "list_price", "value")
READ: Final = (*NEEDED, "user", "session", *NUMBERS, "received", "marks", "type")
NAMED: Final = {"category": "categories", "brand": "brands", "seller": "sellers"}
REMEDY: Final = "see `train/parquet.py` for the columns that are read"


def snapshot_of(events: Sequence[Path], items: Path | None, home: Path) -> Snapshot:
    """Writes a snapshot of these files into a folder of its own in `home`, and reads it from there.

    `events` have columns `kind`, `item`, `at` (µs UTC or a timestamp) and `user` or `session` or both, and may have
    `received`, `quantity`, `price`, `list_price`, `value`, `marks`; where there is a `type`, only its `event`s count:
    the changes of `lingxi export` are such a file. `items` has `id` and may have `title`, `category`, `brand`,
    `seller`, `price`, `list_price`; an item that is met and not among them is known by its id alone.

    Raises:
        Invalid: a file cannot be read, lacks a column or holds an unknown kind.
        Unavailable: the disk has not so much room.
    """
    known, shoppers = _Names(), _Names()
    try:
        table = pa.table({"id": pa.array([], pa.string())}) if items is None else pq.read_table(items)
        known.numbers(table["id"])
        acts = in_order(_parts(events, known, shoppers), sum(pq.read_metadata(each).num_rows for each in events), home)
    except (OSError, pa.ArrowException, KeyError) as error:
        where = ", ".join(str(each) for each in {each.parent for each in events})
        raise Invalid(f"Parquet files cannot be read: {error}", where=where, remedy=REMEDY) from error
    since, until = (int(acts.at[0]), int(acts.at[-1]) + 1) if len(acts) else (0, 0)
    about = About(seq=len(acts), since=since, until=until)
    return read(Snapshot(about, acts, _goods(table, list(known.number))).write(home))


class _Names:
    """Numbers of names, from 0 in the order in which they are met."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}

    def numbers(self, column: Any) -> npt.NDArray[np.int32]:
        """int32: the number of each name of an Arrow column, −1 where there is none."""
        coded = (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).dictionary_encode()
        named = coded.dictionary.cast(pa.string()).to_pylist()
        of = np.array([self.number.setdefault(name, len(self.number)) for name in named] + [-1], dtype=np.int32)
        found: npt.NDArray[np.int32] = of[_array(coded.indices.fill_null(len(named)))]
        return found


def _parts(files: Sequence[Path], items: _Names, shoppers: _Names) -> Iterator[Interactions]:
    row = 0
    for file in files:
        with pq.ParquetFile(file) as source:
            names = set(source.schema_arrow.names)
            if missing := [name for name in NEEDED if name not in names]:
                raise Invalid(f"a column is missing: {', '.join(missing)}", where=str(file), remedy=REMEDY)
            for batch in source.iter_batches(ROWS, columns=[name for name in READ if name in names]):
                told = batch.filter(pc.equal(batch["type"], "event")) if "type" in names else batch
                columns = dict(zip(told.schema.names, told.columns, strict=True))
                yield _part(columns, row, items.numbers(columns["item"]), shoppers.numbers(_who(columns, file)), file)
                row += told.num_rows


def _part(columns: dict[str, Any], row: int, item: Any, shopper: Any, file: Path) -> Interactions:
    at, size = _times(columns["at"]), len(item)
    nothing = np.full(size, np.nan, np.float32)
    numbers: dict[str, Any] = {name: _floats(columns[name]) if name in columns else nothing for name in NUMBERS}
    marked = _array(columns["marks"].is_valid()) if "marks" in columns else np.zeros(size, np.bool_)
    return Interactions(
        at=at,
        received=_times(columns["received"]) if "received" in columns else at,
        tie=np.arange(row, row + size, dtype=np.int64),
        shopper=shopper,
        item=item,
        kind=_kinds(columns["kind"], file),
        marked=marked,
        **numbers,
    )


def _who(columns: dict[str, Any], file: Path) -> Any:
    """Who acted, as the log names them: the user, or else the session."""
    told = [
        pc.binary_join_element_wise(prefix, columns[name].cast(pa.string()), "")
        for name, prefix in (("user", "u:"), ("session", "s:"))
        if name in columns
    ]
    if not told:
        raise Invalid("a column is missing: user or session", where=str(file), remedy=REMEDY)
    return pc.coalesce(*told)


def _kinds(column: Any, file: Path) -> npt.NDArray[np.int8]:
    coded = column.dictionary_encode()
    named = coded.dictionary.to_pylist()
    if column.null_count or (unknown := sorted(set(named) - set(KIND_CODE))):
        said = "an event without a kind" if column.null_count else f"no kind of event: {', '.join(unknown)}"
        raise Invalid(said, where=str(file), remedy="`lingxi import` reads and cleans such files")
    found: npt.NDArray[np.int8] = np.array([KIND_CODE[name] for name in named], dtype=np.int8)[_array(coded.indices)]
    return found


def _times(column: Any) -> npt.NDArray[np.int64]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz))
    return _array(column.cast(pa.int64()))


def _floats(column: Any) -> npt.NDArray[np.float32]:
    return _array(column.cast(pa.float32(), safe=False).fill_null(np.nan))


def _array(column: Any) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return found


def _goods(table: pa.Table, ids: list[str]) -> Goods:
    """The catalog; what is not in `table` (the last of `ids`) has nothing but its id, and is not listed."""
    size, new = table.num_rows, len(ids) - table.num_rows
    columns: dict[str, Any] = {}
    for name, many in NAMED.items():
        names = _Names()
        if name in table.column_names:
            columns[name] = np.append(names.numbers(table[name]), np.full(new, -1, np.int32))
            columns[many] = list(names.number)
    for name in ("price", "list_price"):
        told = _floats(table[name]) if name in table.column_names else np.full(size, np.nan, np.float32)
        columns[name] = np.append(told, np.full(new, np.nan, np.float32))
    columns.setdefault("category", np.full(len(ids), -1, np.int32))
    columns.setdefault("categories", [])
    if "title" in table.column_names:
        columns["titles"] = [f"{each or ''}\n" for each in table["title"].to_pylist()] + [""] * new
    return Goods(ids=ids, listed=np.arange(len(ids)) < size, **columns)
