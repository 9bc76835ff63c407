"""Parquet: typed columns, read a group of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lingxi.domain.errors import Malformed, TooLarge
from lingxi.ingest.files import sniff
from lingxi.ingest.files._limits import COLUMNS, SAMPLE_ROWS
from lingxi.ingest.files.mapping import Form
from lingxi.ingest.files.open import Source, on_disk
from lingxi.ingest.files.tables._table import LINE, Part, absent

ROWS: Final = 65_536


class Parquet:
    """See `_table.Format`. A row's number, from 1, is its line."""

    suffixes = (".parquet", ".pq")

    def recognises(self, head: bytes) -> bool:
        """See `_table.Format.recognises`."""
        return head.startswith(b"PAR1")

    def look(self, source: Source) -> tuple[Form, pl.DataFrame]:
        """See `_table.Format.look`."""
        with _opened(source) as file:
            names = sniff.unique([str(name) for name in file.schema_arrow.names])
        if len(names) > COLUMNS:
            what = f"{len(names):,} columns; at most {COLUMNS:,} are read"
            raise TooLarge(what, where=source.name, remedy="keep the columns that say who did what when")
        form = Form(format="parquet", delimiter="", quote="", header=0, first=1, names=names)
        part = next(self.parts(source, form), None)
        if part is None or part.rows.is_empty():
            raise sniff.no_rows(source.name)
        texts = part.rows.select(pl.col(pl.String)).head(200).rows()
        if sniff.comma([[value for value in row if value is not None] for row in texts]):
            form = msgspec.structs.replace(form, decimal=",")
        return form, part.rows.head(SAMPLE_ROWS)

    def parts(self, source: Source, form: Form) -> Iterator[Part]:
        """See `_table.Format.parts`."""
        with _opened(source) as file:
            total, line = file.metadata.num_rows, 1
            batches = file.iter_batches(ROWS)
            while (batch := _next(batches, source.name, line)) is not None:
                rows = pl.DataFrame(pa.Table.from_batches([batch.rename_columns(form.names)]))
                numbered = rows.with_columns(pl.int_range(line, line + len(rows), dtype=pl.Int64).alias(LINE))
                line += len(rows)
                yield Part(absent(numbered), [], line / max(1, total))


@contextmanager
def _opened(source: Source) -> Iterator[pq.ParquetFile]:
    with on_disk(source) as path:
        try:
            file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise _torn(source.name, error) from error
        with file:
            yield file


def _next(batches: Iterator[Any], name: str, line: int) -> Any:
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise _torn(f"{name}, row {line}", error) from error


def _torn(where: str, error: Exception) -> Malformed:
    what = f"the Parquet file is torn or damaged: {str(error).splitlines()[0]}"
    return Malformed(what, where=where, remedy="copy or export it again; nothing of it was stored")


FORMAT: Final = Parquet()
