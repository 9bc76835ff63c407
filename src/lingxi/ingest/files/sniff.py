"""How a text file is written: encoding, delimiter, quote, header, decimal sign; guessed from its first bytes."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from lingxi.domain.errors import Malformed, TooLarge
from lingxi.ingest.files._limits import COLUMNS, LINE_BYTES
from lingxi.ingest.files.mapping import Form
from lingxi.ingest.files.words import known

DELIMITERS: Final = (",", ";", "\t", "|", "::")
_ROWS: Final = 200
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_NUMBER: Final = re.compile(r"^[-+(]?[$€£¥]?\s?\d[\d.,' ]*\)?%?$")
_DATE: Final = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}|^\d{10,19}$|\d{1,2}:\d{2}")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


def form_of(head: bytes, name: str) -> Form:
    """The form of the text file `name` that begins with `head`.

    Raises:
        Malformed: it is empty, or no table.
        TooLarge: its first line is over the limit, or it has too many columns.
    """
    encoding = encoding_of(head)
    text = _text(head, encoding)
    lines = text.split("\n")
    whole = lines[:-1] if len(lines) > 1 else lines
    if not any(line.strip() for line in whole):
        raise no_rows(name)
    if max(len(line) for line in whole[:_ROWS]) > LINE_BYTES or (len(lines) == 1 and len(head) >= LINE_BYTES):
        what = f"the first line is longer than {LINE_BYTES:,} bytes"
        raise TooLarge(what, where=f"{name}, line 1", remedy="is it a table? Export it as CSV with a line end a row")
    lines = [line.removesuffix("\r") for line in whole[: _ROWS * 5]]
    delimiter = delimiter_of(lines)
    rows = split(lines[:_ROWS], delimiter)
    header, first, names = header_of(rows)
    if len(names) > COLUMNS:
        what = f"{len(names):,} columns; at most {COLUMNS:,} are read"
        raise TooLarge(
            what, where=f"{name}, line {header or 1}", remedy="export one line an event, not one column each"
        )
    data = [row for number, row in enumerate(rows, 1) if number >= first]
    return Form(
        format="csv",
        encoding=encoding,
        delimiter=delimiter,
        quote='"' if len(delimiter) == 1 else "",
        header=header,
        first=first,
        decimal="," if comma(data) else ".",
        names=names,
    )


def no_rows(name: str) -> Malformed:
    """A file in which there is nothing to read."""
    return Malformed("there is not one row in it", where=name, remedy="export it again, with its rows")


def encoding_of(head: bytes) -> str:
    """The encoding: by its mark, UTF-8 where it is valid, else GB 18030 or Windows-1252 by what the text looks like."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    sample = head[: head.rfind(b"\n") + 1] or head
    if (wide := _wide(sample)) is not None:
        return wide
    bad = _undecodable(sample)
    if bad == 0 or bad * 5 < sum(1 for line in sample.split(b"\n") if not line.isascii()):
        return "utf-8"
    try:
        chinese = sample.decode("gb18030")
        letters = len(_CHINESE.findall(chinese))
        if letters * 3 > sum(1 for sign in chinese if not sign.isascii()) and letters > 1:
            pairs = sum(1 for line in sample.split(b"\n") if re.search(rb"[\x81-\xfe]{4}", line))
            if pairs * 2 >= sum(1 for line in sample.split(b"\n") if not line.isascii()):
                return "gb18030"
    except UnicodeDecodeError:
        pass
    return "cp1252"


def _undecodable(sample: bytes) -> int:
    """How many lines are no UTF-8."""
    bad = 0
    for line in sample.split(b"\n"):
        try:
            line.decode()
        except UnicodeDecodeError:
            bad += 1
    return bad


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of plain text is zero."""
    if len(sample) < 8 or sample.count(b"\0") * 3 < len(sample):
        return None
    return "utf-16-le" if sample[1::2].count(b"\0") > sample[0::2].count(b"\0") else "utf-16-be"


def _text(head: bytes, encoding: str) -> str:
    text = head.decode(encoding, errors="replace").lstrip("\ufeff")
    return text if "\n" in text else text.replace("\r", "\n")


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that cuts most lines into the same number of fields, more than one where any does."""

    def fit(delimiter: str) -> tuple[float, int]:
        counts = Counter(len(row) for row in split(lines[:_ROWS], delimiter) if row)
        width, often = max(counts.items(), key=lambda each: (each[1], each[0]), default=(1, 0))
        head = next((len(row) for row in split(lines[:_ROWS], delimiter) if row), 1)
        share = often / max(1, sum(counts.values()))
        return (share * (1.0 if head == width else 0.5), width) if width > 1 else (0.0, 1)

    return max(DELIMITERS, key=fit)


def split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Each line as fields; a quoted field that goes over lines gives rows of its parts, which is well enough here."""
    if len(delimiter) > 1:
        return [line.split(delimiter) if line else [] for line in lines]
    rows = []
    for line in lines:
        try:
            rows.append(next(csv.reader([line], delimiter=delimiter)) if line else [])
        except (csv.Error, StopIteration):
            rows.append(line.split(delimiter))
    return rows


def header_of(rows: Sequence[Sequence[str]]) -> tuple[int, int, list[str]]:
    """(line of the column names or 0, line of the first row, names). A title above the names and a second header row,
    such as units, are passed over."""
    widths = Counter(len(row) for row in rows if row)
    width = max(widths.items(), key=lambda each: (each[1], each[0]))[0]
    top = next(n for n, row in enumerate(rows) if len(row) == width)
    names = [field.strip() for field in rows[top]]
    below = [row for row in rows[top + 1 :] if len(row) == width]
    if not _is_header(names, below):
        return 0, top + 1, [f"column {n + 1}" for n in range(width)]
    first = top + 2
    if len(below) > 2 and _is_header(below[0], below[1:], strict=True):
        if sum(map(known, below[0])) > sum(map(known, names)):
            names, top = [field.strip() for field in below[0]], first - 1
        first = first + 1
    return top + 1, first, unique(names)


def _is_header(names: Sequence[str], below: Sequence[Sequence[str]], strict: bool = False) -> bool:
    """Whether a row names columns: no numbers or dates where the rows below have them, and words that are known."""
    if any(_value(name) for name in names):
        return False
    valued = [all(_value(row[n]) or not row[n] for row in below) for n in range(len(names))] if below else []
    typed = sum(1 for n, yes in enumerate(valued) if yes and any(row[n] for row in below))
    if strict:
        return typed > 0 and all(names[n] or not valued[n] for n in range(len(names))) and typed >= len(names) / 3
    return typed > 0 or any(map(known, names)) or not below


def _value(text: str) -> bool:
    """Whether a field holds a number or a time, not a name."""
    text = text.strip()
    return bool(_NUMBER.match(text) or _DATE.search(text))


def names_one(name: str) -> bool:
    """Whether a name can stand for one column: polars takes "*" and "^…$" for many."""
    return name not in ("", "*") and not (name.startswith("^") and name.endswith("$"))


def unique(names: Sequence[str]) -> list[str]:
    """Names that differ: one that names no single column is its number, a repeated one gets a number."""
    found: list[str] = []
    for number, given in enumerate(names, 1):
        plain = given if names_one(given) else f"column {number}"
        count, name = 1, plain
        while name in found:
            count += 1
            name = f"{plain} ({count})"
        found.append(name)
    return found


_EU: Final = re.compile(r"^-?(\d{1,3}(\.\d{3})+|\d+),\d+$")
_US: Final = re.compile(r"^-?(\d{1,3}(,\d{3})+|\d+)\.\d+$")
_THOUSANDS: Final = re.compile(r"^-?\d{1,3}(,\d{3})+$")


def comma(rows: Sequence[Sequence[str]]) -> bool:
    """Whether numbers have a decimal comma; "1,234" alone says nothing and counts for thousands."""
    fields = [field.strip() for row in rows for field in row if "," in field or "." in field]
    comma = sum(1 for field in fields if _EU.match(field) and not _THOUSANDS.match(field))
    return comma > sum(1 for field in fields if _US.match(field))
