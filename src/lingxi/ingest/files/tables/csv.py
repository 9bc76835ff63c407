"""CSV, TSV and their kin: text with a delimiter, quoted or not."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import polars as pl

from lingxi.ingest.files import sniff
from lingxi.ingest.files._limits import LINE_BYTES, QUOTED_LINES, SAMPLE_BYTES, SAMPLE_ROWS
from lingxi.ingest.files.lines import Fault, Lines, lines
from lingxi.ingest.files.mapping import Form
from lingxi.ingest.files.open import Source, reading
from lingxi.ingest.files.tables._table import LINE, Part, absent

Row = tuple[int, list[str]]
csv.field_size_limit(2 * LINE_BYTES)


class Csv:
    """See `_table.Format`."""

    suffixes = (".csv", ".tsv", ".tab", ".txt", ".dat")

    def recognises(self, head: bytes) -> bool:  # noqa: ARG002 - any text may be a table
        """See `_table.Format.recognises`."""
        return False

    def look(self, source: Source) -> tuple[Form, pl.DataFrame]:
        """See `_table.Format.look`."""
        with reading(source) as stream:
            head = stream.read(SAMPLE_BYTES)
        form = sniff.form_of(head, source.name)
        part = next(self.parts(source, form), None)
        if part is None or part.rows.is_empty():
            raise sniff.no_rows(source.name)
        return form, part.rows.head(SAMPLE_ROWS)

    def parts(self, source: Source, form: Form) -> Iterator[Part]:
        """See `_table.Format.parts`."""
        with reading(source) as stream:
            split, after = _Splitter(form), 1
            for block in lines(stream, form.encoding):
                rows, faults = split.block(block)
                yield Part(absent(rows), faults, stream.done)
                after = block.first + len(block.text)
            rows, faults = split.end(after)
            if faults or len(rows):
                yield Part(absent(rows), faults, 1.0)


class _Splitter:
    """Cuts lines into fields. Lines without a quote are cut all at once; the others one by one, since a quoted field
    may go over several lines: what is open at the end of a block is carried to the next."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._carried: list[str] = []
        self._head = form.delimiter.join(form.names)

    def block(self, block: Lines, final: bool = False) -> tuple[pl.DataFrame, list[Fault]]:
        """The rows of a block and its faults; after the `final` one nothing is carried."""
        faults = [each for each in block.faults if each.line >= self._form.first]
        first, text = block.first - len(self._carried), self._carried + block.text
        plain = pl.DataFrame({"text": pl.Series(text, dtype=pl.String)})
        plain = plain.with_columns(pl.int_range(first, first + len(text), dtype=pl.Int64).alias(LINE))
        quoted, taken, end = self._quoted(plain, text, first, final, faults)
        self._carried = text[end:]
        keep = pl.col(LINE).is_between(self._form.first, first + end - 1) & (pl.col("text") != "")
        taken += [each.line for each in faults]
        rows = self._cut(plain.filter(keep & ~pl.col(LINE).is_in(taken) if taken else keep), faults)
        if quoted:
            rows = pl.concat([rows, self._whole(quoted, faults)]).sort(LINE)
        return rows, faults

    def end(self, line: int) -> tuple[pl.DataFrame, list[Fault]]:
        """What is left when the file ends before `line`."""
        return self.block(Lines(line, []), final=True)

    def _quoted(
        self, plain: pl.DataFrame, text: list[str], first: int, final: bool, faults: list[Fault]
    ) -> tuple[list[Row], list[int], int]:
        """The rows that have a quote, the numbers of the lines that they take, and how many lines are done with."""
        quote = self._form.quote
        if not quote or not any(quote in each for each in _joined(text)):
            return [], [], len(text)
        rows: list[Row] = []
        taken: list[int] = []
        position = max(0, self._form.first - first)
        for at in plain["text"].str.contains(quote, literal=True).to_numpy().nonzero()[0].tolist():
            if at < position:
                continue
            end, fields = self._record(text, at)
            if fields is None and end == len(text) and not final:
                return rows, taken, at
            if fields is None:
                faults.append(self._unclosed(first + at, text[at]))
                end = at + 1
            else:
                rows.append((first + at, fields))
            taken += range(first + at, first + end)
            position = end
        return rows, taken, len(text)

    def _record(self, text: list[str], at: int) -> tuple[int, list[str] | None]:
        """The record that begins at `at`: where it ends, and its fields, None where its quote does not close."""
        last = min(len(text), at + QUOTED_LINES)
        size = 0
        for end in range(at, last):
            size += len(text[end])
            if size > LINE_BYTES:
                return at + 1, None
            if end > at and self._form.quote not in text[end]:
                continue
            fields = self._fields(text[at : end + 1])
            if fields is not None:
                whole = end == at or len(fields) == len(self._form.names)
                return end + 1, fields if whole else None
        return (last if last == len(text) else at + 1), None

    def _fields(self, lines: list[str]) -> list[str] | None:
        """The fields of a record, None while a quote is open."""
        text = [f"{each}\n" for each in lines[:-1]] + lines[-1:]
        form = self._form
        try:
            return next(csv.reader(text, delimiter=form.delimiter, quotechar=form.quote, strict=True))
        except csv.Error as error:
            if "end of data" in str(error):
                return None
        return next(csv.reader(text, delimiter=form.delimiter, quotechar=form.quote))

    def _unclosed(self, line: int, text: str) -> Fault:
        """A quote that does not close."""
        quote, delimiter = self._form.quote, self._form.delimiter
        column = text.rfind(f"{delimiter}{quote}") + 2
        why = f"a quote opens at column {column} and does not close where a field ends"
        return Fault(line, "line_quote", why, text[:2_000])

    def _cut(self, plain: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
        """The fields of lines without quotes."""
        width = len(self._form.names)
        cut = plain["text"].str.splitn(self._form.delimiter, width + 1).struct.unnest()
        cut.columns = [*self._form.names, "__more"]
        many = cut["__more"].is_not_null()
        few = cut[self._form.names[-1]].is_null()
        odd = many | few | (plain["text"] == self._head)
        if not odd.any():
            return cut.drop("__more").with_columns(plain[LINE])
        for line, text in plain.filter(odd).select(LINE, "text").iter_rows():
            faults.append(self._ragged(line, text, text.count(self._form.delimiter) + 1))
        return cut.drop("__more").with_columns(plain[LINE]).filter(~odd)

    def _whole(self, rows: list[Row], faults: list[Fault]) -> pl.DataFrame:
        """Rows that were read one by one."""
        width = len(self._form.names)
        good: list[Row] = []
        for line, fields in rows:
            if len(fields) == width and fields != self._form.names:
                good.append((line, fields))
            elif fields:
                faults.append(self._ragged(line, self._form.delimiter.join(fields), len(fields)))
        return self._frame(good)

    def _ragged(self, line: int, text: str, found: int) -> Fault:
        width = len(self._form.names)
        if found == width:
            return Fault(line, "line_header", "the names of the columns once more; a row was expected", text[:2_000])
        why = f"{found} fields separated by {self._form.delimiter!r}; {width} were expected, as in the header"
        return Fault(line, "line_fields", why, text[:2_000])

    def _frame(self, rows: list[Row]) -> pl.DataFrame:
        names = self._form.names
        columns = list(zip(*(fields for _, fields in rows), strict=True)) or [()] * len(names)
        data = {name: pl.Series(name, column, dtype=pl.String) for name, column in zip(names, columns, strict=True)}
        return pl.DataFrame({**data, LINE: pl.Series(LINE, [line for line, _ in rows], dtype=pl.Int64)})


def _joined(text: list[str]) -> Iterator[str]:
    """The lines in a few long texts: a quote is looked for in those faster than in many short ones."""
    bounds = [*range(0, len(text), 4_096), len(text)]
    return ("\n".join(text[start:end]) for start, end in pairwise(bounds))


FORMAT: Final = Csv()
