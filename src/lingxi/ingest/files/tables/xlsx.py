"""Excel: each sheet that has rows is a source of its own. A sheet has 1,048,576 rows at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, Literal

import fastexcel
import polars as pl

from lingxi.domain.errors import Malformed, TooLarge
from lingxi.ingest.files import sniff
from lingxi.ingest.files._limits import COLUMNS, SAMPLE_ROWS
from lingxi.ingest.files.mapping import Form
from lingxi.ingest.files.open import Source, check_sheets, on_disk
from lingxi.ingest.files.tables._table import LINE, Look, Part, absent

ROWS: Final = 65_536
_TOP: Final = 200


class Xlsx:
    """See `_table.Format`. Every cell becomes text; a date becomes ISO 8601."""

    suffixes = (".xlsx", ".xlsm", ".xls")

    def recognises(self, head: bytes) -> bool:
        """See `_table.Format.recognises`; other zip archives are opened before."""
        return head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))

    def look(self, source: Source) -> tuple[Form, pl.DataFrame]:
        """See `_table.Format.look`."""
        _, form, rows = next(self.sheets(source))
        return form, rows

    def sheets(self, source: Source) -> Iterator[Look]:
        """See `_table.Book.sheets`; where there are several, each has its name in its source's."""
        empty = True
        for sheet, several, frame in _sheets(source):
            name = f"{source.file}, sheet '{sheet}'" if several else source.file
            own = replace(source, name=name, sheet=sheet)
            form = _form(frame, name)
            rows = _named(frame, form) if form else None
            if form is not None and rows is not None and len(rows):
                empty = False
                yield Look(own, form, absent(rows.head(SAMPLE_ROWS)))
        if empty:
            raise sniff.no_rows(source.name)

    def parts(self, source: Source, form: Form) -> Iterator[Part]:
        """See `_table.Format.parts`."""
        for _, _, frame in _sheets(source):
            rows = absent(_named(frame, form))
            for start in range(0, len(rows), ROWS):
                yield Part(rows.slice(start, ROWS), [], min(1.0, (start + ROWS) / max(1, len(rows))))


def _form(frame: pl.DataFrame, where: str) -> Form | None:
    """How a sheet is written, None where it has no rows."""
    rows = [[cell or "" for cell in row] for row in frame.head(_TOP).drop(LINE).iter_rows()]
    rows = [row if any(row) else [] for row in rows]
    if not any(rows):
        return None
    # A title above the names fills one cell of a row that is as wide as the others.
    wide = next((n for n, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
    rows = [[] if n < wide else row for n, row in enumerate(rows)]
    header, first, names = sniff.header_of(rows)
    if len(names) > COLUMNS:
        what = f"{len(names):,} columns; at most {COLUMNS:,} are read"
        raise TooLarge(what, where=where, remedy="one row an event, please")
    decimal: Literal[".", ","] = "," if sniff.comma(rows[first - 1 :]) else "."
    return Form(format="xlsx", delimiter="", quote="", header=header, first=first, decimal=decimal, names=names)


def _sheets(source: Source) -> Iterator[tuple[str, bool, pl.DataFrame]]:
    """The sheets: name, whether there are several, rows as text, numbered as Excel does; the source's own alone where
    it names one."""
    with on_disk(source) as path:
        check_sheets(path, source.name)
        try:
            book = fastexcel.read_excel(path)
        except Exception as error:
            raise _damaged(source.name, error) from error
        for name in [source.sheet] if source.sheet else book.sheet_names:
            yield name, len(book.sheet_names) > 1, _rows(book, name, source.file)


def _rows(book: Any, sheet: str, name: str) -> pl.DataFrame:
    try:
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        frame: pl.DataFrame = loaded.to_polars()
    except Exception as error:
        raise _damaged(f"{name}, sheet '{sheet}'", error) from error
    frame = frame.with_columns(pl.all().cast(pl.String))
    return frame.with_columns(pl.int_range(1, len(frame) + 1, dtype=pl.Int64).alias(LINE))


def _named(frame: pl.DataFrame, form: Form) -> pl.DataFrame:
    """The rows of the table with its names; empty ones are no rows."""
    columns = [name for name in frame.columns if name != LINE][: len(form.names)]
    rows = frame.select(*columns, LINE).filter(pl.col(LINE) >= form.first)
    rows.columns = [*form.names, LINE]
    return rows.filter(~pl.all_horizontal(pl.col(form.names).is_null()))


def _damaged(where: str, error: Exception) -> Malformed:
    what = f"the Excel file cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    return Malformed(what, where=where, remedy="open and save it again, or save it as CSV and import that")


FORMAT: Final = Xlsx()
