"""A rate that rises for a moment and falls to nothing by the planned end, or by the budget's if it comes first."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from msgspec import Struct

from lingxi.models._notebook import Note

WARM_UP = 0.05
LATE = 0.1


class Plan(Struct, frozen=True, kw_only=True):
    """How to train; the fields mean what they mean in a model's Config."""

    negatives: int | None
    rate: float
    decay: float
    item_decay: float
    minutes: float
    epochs: int
    patience: int
    threads: int
    seed: int


class Schedule:
    """Where a training of `places` places an epoch is, and how fast it may learn."""

    def __init__(self, plan: Plan, places: int, now: Callable[[], float] = time.monotonic) -> None:
        self.plan, self.total, self.done = plan, max(plan.epochs * places, 1), 0
        self.now, self.start = now, now()

    def go_on(self, note: Note) -> None:
        """As if what is noted had just been done."""
        self.done, self.start = note.done, self.now() - note.seconds

    def step(self, places: int) -> None:
        """So many places more were learnt from."""
        self.done += places

    def seconds(self) -> float:
        """Since the start."""
        return self.now() - self.start

    def spent(self) -> bool:
        """Whether the budget is."""
        return self.seconds() >= self.plan.minutes * 60

    def progress(self) -> float:
        """Of the whole training, in [0, 1]: by the clock only where the plan is clearly late, so that two fits of one
        seed are equal however fast they ran."""
        planned, spent = self.done / self.total, self.seconds() / (self.plan.minutes * 60)
        return min(1.0, spent if spent > planned + LATE else planned)

    def rate(self) -> float:
        """Of the next step. A cosine: the time decides where the machine is too slow for the plan, else the places."""
        rise = min(1.0, (self.done / self.total + 1e-3) / WARM_UP)
        return self.plan.rate * rise * (0.02 + 0.98 * (1 + math.cos(math.pi * self.progress())) / 2)
