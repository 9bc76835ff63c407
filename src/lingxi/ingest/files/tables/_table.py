"""What a table of a file offers, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol, runtime_checkable

import polars as pl

from lingxi.ingest.files.lines import Fault
from lingxi.ingest.files.mapping import Form
from lingxi.ingest.files.open import Source

LINE: Final = "__line"
"""The column that gives each row its line in the file, from 1."""

NULLS: Final = ("", "NULL", "null", "\\N", "None", "nan", "NaN", "N/A", "#N/A")
"""Texts that stand for nothing."""


class Part(NamedTuple):
    """Rows of a table with the file's columns and `LINE`, and the lines between them that cannot be read.

    `done` is the share of the file that has been read.
    """

    rows: pl.DataFrame
    faults: list[Fault]
    done: float


class Format(Protocol):
    """A format. Its file offers one as `FORMAT`; the file's name is its name in a mapping."""

    suffixes: tuple[str, ...]

    def recognises(self, head: bytes) -> bool:
        """Whether a file that starts so is of this format for sure."""
        ...

    def look(self, source: Source) -> tuple[Form, pl.DataFrame]:
        """How the file is written, and its first rows.

        Raises:
            LingxiError: it cannot be read as such, with what to do.
        """
        ...

    def parts(self, source: Source, form: Form) -> Iterator[Part]:
        """All rows, in parts that fit into memory."""
        ...


class Look(NamedTuple):
    """What `Format.look` found of a file or a sheet of it."""

    source: Source
    form: Form
    rows: pl.DataFrame


@runtime_checkable
class Book(Protocol):
    """A format whose files hold several tables."""

    def sheets(self, source: Source) -> Iterator[Look]:
        """Every sheet that has rows, as a source of its own.

        Raises:
            LingxiError: it cannot be read as such, with what to do.
        """
        ...


def absent(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the texts that stand for nothing as null."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.with_columns(pl.when(~pl.col(name).is_in(NULLS)).then(pl.col(name)).alias(name) for name in texts)
