"""JSON lines: one object a line; nested ones become columns joined by dots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import polars as pl

from lingxi.domain.errors import Malformed, TooLarge
from lingxi.ingest.files import sniff
from lingxi.ingest.files._limits import COLUMNS, SAMPLE_BYTES, SAMPLE_ROWS
from lingxi.ingest.files.lines import Fault, Lines, lines
from lingxi.ingest.files.mapping import Form
from lingxi.ingest.files.open import Source, reading
from lingxi.ingest.files.tables._table import LINE, Part, absent

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class Jsonl:
    """See `_table.Format`. Every value becomes text, as a CSV file would have it."""

    suffixes = (".jsonl", ".ndjson", ".json")

    def recognises(self, head: bytes) -> bool:
        """See `_table.Format.recognises`."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")

    def look(self, source: Source) -> tuple[Form, pl.DataFrame]:
        """See `_table.Format.look`."""
        with reading(source) as stream:
            head = stream.read(SAMPLE_BYTES)
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
            what = "it is one JSON array; one object a line was expected"
            raise Malformed(
                what, where=f"{source.name}, line 1", remedy=f"jq -c '.[]' {source.path.name} > lines.jsonl"
            )
        rows = [row for row in map(_object, head.split(b"\n")[:SAMPLE_ROWS]) if isinstance(row, dict)]
        if not rows:
            raise sniff.no_rows(source.name)
        names = list(dict.fromkeys(name for row in rows for name in _flat(row) if sniff.names_one(name)))
        if len(names) > COLUMNS:
            what = f"{len(names):,} different fields; at most {COLUMNS:,} are read"
            raise TooLarge(what, where=source.name, remedy="export one line an event, with the same fields in each")
        texts = [[value for value in row.values() if isinstance(value, str)] for row in rows[:200]]
        form = Form(
            format="jsonl",
            delimiter="",
            quote="",
            header=0,
            first=1,
            decimal="," if sniff.comma(texts) else ".",
            names=names,
        )
        return form, next(self.parts(source, form)).rows.head(SAMPLE_ROWS)

    def parts(self, source: Source, form: Form) -> Iterator[Part]:
        """See `_table.Format.parts`."""
        with reading(source) as stream:
            for block in lines(stream, form.encoding):
                rows, faults = _block(block, form.names)
                yield Part(absent(rows), faults, stream.done)


def _block(block: Lines, names: list[str]) -> tuple[pl.DataFrame, list[Fault]]:
    """The objects of a block as rows."""
    faults = list(block.faults)
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    for number, text in enumerate(block.text, block.first):
        if not text.strip():
            continue
        row = _object(text)
        if isinstance(row, str):
            faults.append(Fault(number, "line_json", row, text[:2_000]))
            continue
        flat = _flat(row)
        rows.append([flat.get(name) for name in names])
        numbers.append(number)
    schema = dict.fromkeys(names, pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row") if rows else pl.DataFrame(schema=schema)
    return frame.with_columns(pl.Series(LINE, numbers, dtype=pl.Int64)), faults


def _object(text: str | bytes) -> dict[str, Any] | str:
    """The object of a line, or why there is none."""
    try:
        row = _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return f"no JSON: {error}; an object was expected"
    except RecursionError:
        return "nested too deep; a flat object was expected"
    if "\\u0000" in (text if isinstance(text, str) else text.decode(errors="replace")):
        return "it holds the character U+0000"
    return row if isinstance(row, dict) else "a JSON value, and no object as was expected"


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    """Its fields as text, nested objects as `outer.inner`."""
    flat: dict[str, str | None] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = _text(value)
    return flat


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return _encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


FORMAT: Final = Jsonl()
