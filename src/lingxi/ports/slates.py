"""Where slates are kept, so that each can be explained and joined to what followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from lingxi.domain.slate import Query, Slate


class SlateRow(Struct, frozen=True, kw_only=True, gc=False):
    """A slate as it is kept. `record` is the full account (msgspec JSON) where one is kept, else None; `body` the slate
    as it was answered, where that is at hand: it is encoded once. `query` is what was asked; None of slates that an
    older version kept."""

    at: int
    user: str | None
    session: str | None
    slate: Slate
    record: bytes | None = None
    body: bytes = b""
    query: Query | None = None


class Slates(Protocol):
    """One shop's slates, a file a day, deleted after the retention."""

    def put(self, rows: Sequence[SlateRow]) -> None:
        """Stores them; a crash may lose what was put in the last 200 ms."""
        ...

    def get(self, request: str) -> SlateRow | None:
        """The slate of this request id, if it is still kept."""
        ...

    def newest(self, n: int) -> list[SlateRow]:
        """The `n` newest, the newest first: by their requests, which rise with time."""
        ...

    def expire(self, now: int) -> int:
        """Deletes the days that are older than the retention; returns how many."""
        ...

    def of(self, shoppers: Collection[str]) -> Iterator[SlateRow]:
        """Every slate of these shoppers (`u:…`, `s:…`), by day."""
        ...

    def between(self, since: int, until: int) -> Iterator[SlateRow]:
        """Every slate of since ≤ `at` < until (µs UTC) that is still kept, by day, those that wait too."""
        ...

    def forget(self, shoppers: Collection[str]) -> dict[str, int]:
        """Deletes every slate of these shoppers, those that wait too; how many there were of each.

        A slate of a user within a session counts as the user's. What was deleted is in no byte of the files.
        """
        ...

    def close(self) -> None:
        """Writes what waits and releases what is held."""
        ...
