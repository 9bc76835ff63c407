"""The catalog and the shoppers' records: the newest version of each, by id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from lingxi.domain.item import Item
from lingxi.domain.user import User


class Catalog(Protocol):
    """One shop's items and users as they stand. The log writes it in the transaction that stores the version."""

    def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """The items of these ids that were posted; a stub (named by an event only) is not among them."""
        ...

    def users(self, ids: Sequence[str]) -> dict[str, User]:
        """The users of these ids that were posted."""
        ...

    def all_items(self) -> Iterator[tuple[int, Item]]:
        """Every posted item with its number, by number."""
        ...

    def first_posted(self) -> dict[int, int]:
        """When each posted item was first posted, µs UTC, by its number."""
        ...

    def item_ids(self) -> list[str]:
        """Ids of all items, stubs too, by number."""
        ...

    def shopper_ids(self) -> list[str]:
        """Ids of all shoppers (`u:…`, `s:…`), by number."""
        ...
