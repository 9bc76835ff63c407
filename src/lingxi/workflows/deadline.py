"""A time by which a run has ended, whatever it is at: fits ask between their steps, the command sees to the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from lingxi.domain.errors import LingxiError
from lingxi.ports.model import Watch


class OutOfTime(LingxiError):
    """The time that was given is up."""

    status = 503
    code = "out-of-time"


@dataclass(frozen=True, slots=True)
class Deadline:
    """So many `seconds` from when it was made (`began`, of the monotonic clock)."""

    seconds: float
    began: float = field(default_factory=time.monotonic)

    def spent(self) -> float:
        """Seconds that have passed."""
        return time.monotonic() - self.began

    def left(self) -> float:
        """Seconds that are left, not below 0."""
        return max(0.0, self.seconds - self.spent())

    def within(self, seconds: float) -> Deadline:
        """A deadline so many seconds from now, or this one's if it comes first."""
        return Deadline(min(seconds, self.left()))

    def kept(self, watch: Watch) -> Watch:
        """A watch that ends who tells it something after the deadline.

        Raises:
            OutOfTime: by the watch, wherever it is told.
        """

        def told(stage: str, done: float, **figures: float) -> None:
            # What is done is not taken back.
            if done < 1.0 and self.left() <= 0:
                what = f"the time is up ({self.seconds / 60:.3g} minutes) in '{stage}'"
                raise OutOfTime(what, where="--minutes", remedy="give it more, or name a model that costs less")
            watch(stage, done, **figures)

        return told
