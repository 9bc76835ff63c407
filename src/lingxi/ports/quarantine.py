"""Where what could not be taken is kept, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Held(Struct, frozen=True, kw_only=True):
    """One thing in quarantine: what was sent (`body`, at most 64 KiB of it), by which rule, and why."""

    received: int
    rule: str
    reason: str
    body: str
    number: int = 0


class Quarantine(Protocol):
    """One shop's quarantine."""

    def hold(self, held: Sequence[Held]) -> None:
        """Keeps them, durably. The same body held twice by the same rule is kept once (an import run again)."""
        ...

    def counts(self) -> dict[str, int]:
        """How many are held, by rule."""
        ...

    def newest(self, limit: int, rule: str | None = None) -> list[Held]:
        """The newest, first the newest."""
        ...
