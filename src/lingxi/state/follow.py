"""Follows the log: at start, while running, and after whoever appended."""

from __future__ import annotations

from collections.abc import Iterator

from lingxi.ports.log import Log
from lingxi.state.state import State

AT_ONCE = 20_000


def catch_up(state: State, log: Log, until: int | None = None, at_once: int = AT_ONCE) -> Iterator[int]:
    """Folds the log into the state, `at_once` changes at a time, up to `until` (default: its end); yields the cursor
    after each step, so that the caller can do something else in between."""
    end = log.head() if until is None else until
    while state.cursor < end:
        before = state.cursor
        state.apply(log.read(state.cursor, min(at_once, end - state.cursor)))
        if state.cursor == before:
            return
        yield state.cursor
