"""What a data set must offer to be imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from lingxi.domain.item import Item
from lingxi.domain.user import User


class Dataset(Protocol):
    """A data set. Times are µs UTC, as the data set has them.

    `about` and `about_zh` say where it is from and what it is, in a sentence or two, for pages that show it.
    """

    name: str
    about: str
    about_zh: str

    def sizes(self) -> dict[str, int]:
        """How many records it has: `items`, `users`, `events`.

        Raises:
            Unavailable: its files are not installed; the remedy says what to install.
        """
        ...

    def span(self) -> tuple[int, int]:
        """The times of its first and last event, µs UTC."""
        ...

    def items(self) -> Iterator[Item]:
        """Every item, in order of id."""
        ...

    def users(self) -> Iterator[User]:
        """Every user, in order of id."""
        ...

    def events(self, rows: int) -> Iterator[pl.DataFrame]:
        """The events as sent, in order of time, in frames of `rows` at most.

        Columns: kind, user, session, item, order (String), at (Int64 µs), quantity, price, list_price, total (Float64);
        those that it does not know are missing.
        """
        ...
