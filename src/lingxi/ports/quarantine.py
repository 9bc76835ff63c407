"""Where what could not be taken is kept, with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

Sort = Literal["event", "item", "user", "item_delta", "user_delta", ""]
"""What something was sent as; "" where an older Lingxi held it and did not say."""


class Held(Struct, frozen=True, kw_only=True):
    """One thing in quarantine: what was sent (`body`, at most 64 KiB of it) and as what, by which rule, and why."""

    received: int
    rule: str
    reason: str
    body: str
    number: int = 0
    sort: Sort = "event"


class Quarantine(Protocol):
    """One shop's quarantine."""

    def hold(self, held: Sequence[Held]) -> None:
        """Keeps them, durably. The same body held twice by the same rule is kept once (an import run again)."""
        ...

    def counts(self) -> dict[str, int]:
        """How many are held, by rule."""
        ...

    def naming(self, ids: Collection[str]) -> Iterator[tuple[str, Held]]:
        """What names one of these shoppers' ids, each with the id that it names."""
        ...

    def forget(self, ids: Collection[str]) -> dict[str, int]:
        """Deletes what names one of these shoppers' ids, from every byte of the file; how many there were of each."""
        ...

    def expire(self, before: int) -> int:
        """Deletes what was received before `before` (µs UTC); returns how many."""
        ...

    def newest(self, limit: int, rule: str | None = None, below: int | None = None) -> list[Held]:
        """The newest, first the newest; with `below`, of those whose number is below it."""
        ...

    def change(self, changes: Mapping[int, Held | None]) -> None:
        """Puts other things in the place of those with these numbers, or lets them go (None), durably, all at once.

        What becomes equal to something that is held already is kept once.
        """
        ...
