"""Excel: the first sheet that has rows, or the one that the mapping names. A sheet has 1,048,576 rows at most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import fastexcel
import polars as pl

from lingxi.domain.errors import Malformed, TooLarge, Unknown
from lingxi.ingest.files import sniff
from lingxi.ingest.files._limits import COLUMNS, SAMPLE_ROWS
from lingxi.ingest.files.mapping import Form
from lingxi.ingest.files.open import Source, check_sheets, on_disk
from lingxi.ingest.files.tables._table import LINE, Part, absent

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
        for sheet, frame in _sheets(source, ""):
            rows = [[cell or "" for cell in row] for row in frame.head(_TOP).drop(LINE).iter_rows()]
            rows = [row if any(row) else [] for row in rows]
            if not any(rows):
                continue
            header, first, names = sniff.header_of(rows)
            if len(names) > COLUMNS:
                what = f"{len(names):,} columns; at most {COLUMNS:,} are read"
                raise TooLarge(what, where=f"{source.name}, sheet '{sheet}'", remedy="one row an event, please")
            form = Form(
                format="xlsx",
                delimiter="",
                quote="",
                header=header,
                first=first,
                decimal="," if sniff.comma(rows[first - 1 :]) else ".",
                sheet=sheet,
                names=names,
            )
            return form, absent(_named(frame, form)).head(SAMPLE_ROWS)
        raise sniff.no_rows(source.name)

    def parts(self, source: Source, form: Form) -> Iterator[Part]:
        """See `_table.Format.parts`."""
        for _, frame in _sheets(source, form.sheet):
            rows = absent(_named(frame, form))
            for start in range(0, len(rows), ROWS):
                yield Part(rows.slice(start, ROWS), [], min(1.0, (start + ROWS) / max(1, len(rows))))


def _sheets(source: Source, wanted: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """The sheets with their rows as text, numbered as Excel does; only the one of this name where one is given."""
    with on_disk(source) as path:
        check_sheets(path, source.name)
        try:
            book = fastexcel.read_excel(path)
        except Exception as error:
            raise _damaged(source.name, error) from error
        if wanted and wanted not in book.sheet_names:
            what = f"there is no sheet '{wanted}'"
            raise Unknown(what, where=source.name, remedy=f"the sheets are: {', '.join(book.sheet_names)}")
        for name in [wanted] if wanted else book.sheet_names:
            yield name, _rows(book, name, source.name)


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
