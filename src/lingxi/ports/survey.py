"""What a log can say of itself as a whole, without every change being read."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from lingxi.domain.change import Change


class Survey(Struct, frozen=True, kw_only=True):
    """Counts over a whole log: changes by type, stored events by the rule that marked or repaired them, orders, and
    the events that are part of an order."""

    types: dict[str, int]
    rules: dict[str, int]
    orders: int
    order_lines: int


class Surveyed(Protocol):
    """A log that can be surveyed."""

    def survey(self) -> Survey:
        """Counts the whole log."""
        ...

    def examples(self, rule: str, limit: int) -> list[Change]:
        """The first events that a rule marked or repaired."""
        ...
