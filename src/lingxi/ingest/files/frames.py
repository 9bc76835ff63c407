"""The events of files as frames: all that a process needs to make them, once the files were looked through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lingxi.ingest.columns import Keys
from lingxi.ingest.files.events import events
from lingxi.ingest.files.look import File
from lingxi.ingest.files.repeats import Counter
from lingxi.ingest.files.tables._table import Part

DAY_MICROS = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Frames:
    """`files` hold events and have the `numbers` of their names; `links` (columns LINKS) says the purchase of each
    refund, `candidates` which lines may repeat; every time is moved by so many days."""

    files: Sequence[File]
    numbers: Mapping[str, int]
    links: pl.DataFrame
    candidates: Keys
    shift_days: int

    def counter(self) -> Counter:
        """What counts equal lines, for one reading."""
        return Counter(self.candidates, self.numbers, self.shift_days * DAY_MICROS)

    def events(self, rows: int) -> Iterator[pl.DataFrame]:
        """In the order of the files, which state does not depend on, in frames of `rows` at most."""
        for file in self.files:
            number = self.numbers[file.source.name]
            links = self.links.filter(pl.col("file") == number).drop("file")
            for part in file.parts():
                for piece in frame(file, part).iter_slices(rows):
                    yield _linked(piece, links)


def _linked(piece: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    if links.is_empty():
        return piece
    here = links.with_columns(pl.col("line").cast(piece.schema["line"]))
    return piece.join(here, on="line", how="left", maintain_order="left")


def frame(file: File, part: Part) -> pl.DataFrame:
    """The events of a part of a file, which says where each stood."""
    return events(part, file.table).with_columns(pl.lit(file.source.name).alias("file"))
