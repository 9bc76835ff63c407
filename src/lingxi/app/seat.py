"""Which of the processes that serve a home this one is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

QUICK_MS: Final = 10
"""How often a process looks for what the others appended."""


@dataclass(frozen=True, slots=True)
class Seat:
    """The `number`th, from 1, `of` so many; `server` is the pid that stands for all of them."""

    number: int = 1
    of: int = 1
    server: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the one that does what one alone must: saves checkpoints, tidies, renews."""
        return self.number == 1

    @property
    def shared(self) -> bool:
        """Whether others serve the same home."""
        return self.of > 1

    @property
    def pid(self) -> int:
        """Who serves, as others see it."""
        return self.server or os.getpid()

    def poll_seconds(self, poll_ms: int) -> float:
        """How often the log is looked at for changes of others."""
        return (min(poll_ms, QUICK_MS) if self.shared else poll_ms) / 1000


ALONE: Final = Seat()
