"""How long each step of a slate takes: counted always, as a few integers, and told to whoever listens.

A step costs about half a microsecond to count. Under `spans.watched` it is a span as well (`lingxi profile`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import perf_counter_ns
from typing import Final, ParamSpec, TypeVar

from lingxi.spans import span, watching

Given = ParamSpec("Given")
Made = TypeVar("Made")
Listener = Callable[[str, int, int], None]
"""Is told of a step: its name, and when it began and ended (ns of `time.perf_counter_ns`)."""
POWERS: Final = 64
"""Buckets: no step takes 2^63 ns."""


class Stage:
    """The times of one step: `counts[k]` of them took less than 2^k ns and not less than half of that."""

    __slots__ = ("counts", "nanoseconds")

    def __init__(self) -> None:
        self.counts = [0] * POWERS
        self.nanoseconds = 0

    def add(self, spent: int) -> None:
        """One more took `spent` ns."""
        self.nanoseconds += spent
        self.counts[spent.bit_length()] += 1


STAGES: Final[dict[str, Stage]] = {}
"""Every step of this process by name, in the order in which they were named."""
_listeners: list[Listener] = []


def told(name: str, since: int) -> None:
    """A step that began at `since` ends now."""
    now = perf_counter_ns()
    STAGES[name].add(now - since)
    if _listeners:
        _tell(name, since, now)


def _tell(name: str, since: int, until: int) -> None:
    for listener in _listeners:
        listener(name, since, until)


def stage(name: str) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Counts each call of the function under `name`."""
    counts = STAGES.setdefault(name, Stage())

    def counting(function: Callable[Given, Made]) -> Callable[Given, Made]:
        @wraps(function)
        def counted(*given: Given.args, **named: Given.kwargs) -> Made:
            since = perf_counter_ns()
            try:
                if not watching():
                    return function(*given, **named)
                with span(name):
                    return function(*given, **named)
            finally:
                now = perf_counter_ns()
                counts.add(now - since)
                if _listeners:
                    _tell(name, since, now)

        return counted

    return counting


def listen(listener: Listener) -> None:
    """Tells `listener` of every step from now on, in the thread and the context that the step is taken in."""
    _listeners.append(listener)


def deafen(listener: Listener) -> None:
    """Tells it no more."""
    _listeners.remove(listener)
