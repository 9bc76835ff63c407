"""Which format a file has."""

from __future__ import annotations

from typing import cast

from lingxi import registry
from lingxi.domain.errors import Malformed
from lingxi.ingest.files.open import Source, reading
from lingxi.ingest.files.tables._table import Book, Format, Look

FOLDER = "ingest/files/tables"


def named(name: str) -> Format:
    """The format of this name."""
    return cast(Format, registry.load(FOLDER, name, "FORMAT"))


def looks(source: Source) -> list[Look]:
    """What a file holds: one table, or one for each sheet that has rows.

    Raises:
        LingxiError: it cannot be read, with what to do.
    """
    chosen = named(format_of(source))
    return list(chosen.sheets(source)) if isinstance(chosen, Book) else [Look(source, *chosen.look(source))]


def format_of(source: Source) -> str:
    """The name of a file's format: by how it begins, else by its suffix, else CSV.

    Raises:
        Malformed: it is no text and no format that is known.
    """
    with reading(source) as stream:
        head = stream.read(4_096)
    names = registry.names(FOLDER)
    for name in names:
        if named(name).recognises(head):
            return name
    suffix = "." + (source.member or source.path.name).lower().removesuffix(".gz").rpartition(".")[2]
    by_suffix = next((name for name in names if suffix in named(name).suffixes), "csv")
    if head.count(b"\0") > 0 and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _binary(head):
        what = "it is neither text nor Parquet nor Excel"
        raise Malformed(what, where=source.name, remedy="export it as CSV, JSON lines, Parquet or Excel")
    if by_suffix in ("parquet", "xlsx"):
        what = f"its name ends in {suffix} and it does not begin like such a file"
        raise Malformed(what, where=source.name, remedy="copy or export it again")
    return by_suffix


def _binary(head: bytes) -> bool:
    """Whether bytes are no text in any encoding: control signs all over, and not every other byte zero."""
    control = sum(head.count(bytes([sign])) for sign in (*range(1, 9), *range(14, 27), *range(28, 32)))
    return control * 20 > len(head) - head.count(b"\0")
