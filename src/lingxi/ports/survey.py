"""What a log can say of itself as a whole, without every change being read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import polars as pl
from msgspec import Struct

from lingxi.domain.change import Change

FIELDS: Final = (
    *("user", "session", "item", "order", "quantity", "price", "list_price", "value", "currency", "query", "text"),
    *("position", "place", "channel", "request", "context"),
)
"""The fields of an event that may be absent; the bit of each in `given` is its place here."""

SCHEMA: Final = pl.Schema(
    {
        "seq": pl.Int64(),
        "at": pl.Int64(),
        "shopper": pl.Int32(),
        "item": pl.Int32(),
        "kind": pl.Int8(),
        "quantity": pl.Float32(),
        "price": pl.Float32(),
        "list_price": pl.Float32(),
        "order": pl.UInt64(),
        "given": pl.UInt16(),
        "marks": pl.Categorical(),
        "repairs": pl.Categorical(),
    }
)
"""Events as a frame. `at` in µs UTC; `shopper` and `item` are the shop's numbers, −1 where there is none; `kind` is a
KIND_CODE; absent numbers are null; `order` is a hash of the order's id that holds within this process (null: none);
`given` has a bit for each of FIELDS; `marks` and `repairs` are rules' names joined by commas (null: none)."""


class Survey(Struct, frozen=True, kw_only=True):
    """Counts over a whole log: changes by type."""

    types: dict[str, int]


class Surveyed(Protocol):
    """A log that can be surveyed."""

    def survey(self) -> Survey:
        """Counts the whole log."""
        ...

    def frames(self, until_seq: int) -> Iterator[pl.DataFrame]:
        """Every event with `seq` ≤ until_seq in frames of SCHEMA, in no order: one pass over the log, in blocks."""
        ...

    def marks(self, until_seq: int) -> dict[str, int]:
        """How many events with `seq` ≤ until_seq have which marks: names joined by commas, "" for none."""
        ...

    def shared_sessions(self, until_seq: int) -> Iterator[list[str]]:
        """Of each session in which events name several users, the ids of these; up to `until_seq`."""
        ...

    def taken(self, seqs: Sequence[int]) -> list[Change]:
        """The whole changes of these `seq`, in order of `seq`."""
        ...
