"""Folds a log into a state and publishes its checkpoint, so that a server need only fold the tail."""

from __future__ import annotations

import logging
from typing import Final

from lingxi.domain.errors import Incompatible, Unavailable
from lingxi.ports.checkpoints import Checkpoints
from lingxi.ports.log import Log
from lingxi.ports.model import Watch
from lingxi.state.checkpoint import arrays_of, state_of
from lingxi.state.follow import catch_up
from lingxi.state.state import State

ATTEMPTS: Final = 20

_logger = logging.getLogger(__name__)


def fold(log: Log, checkpoints: Checkpoints, watch: Watch, begun: State | None = None) -> State:
    """The state at the end of the log, from `begun` or the newest checkpoint that fits; saved if it is news."""
    state = saved(log, checkpoints) if begun is None else begun
    start, end = state.cursor, log.head()
    for cursor in catch_up(state, log, end):
        watch("state", (cursor - start) / max(1, end - start))
    if state.stale:
        state = anew(log)
    latest = checkpoints.latest_seq()
    if latest is None or state.cursor > latest:
        arrays, about = arrays_of(state)
        checkpoints.save(state.cursor, arrays, about)
    return state


def anew(log: Log) -> State:
    """The state folded from the whole log; who was forgotten meanwhile is not in it.

    Raises:
        Unavailable: shoppers are forgotten faster than it is folded.
    """
    for _ in range(ATTEMPTS):
        state = State.empty(log.leave_out)
        for _ in catch_up(state, log):
            pass
        if not state.stale:
            return state
    raise Unavailable("shoppers are forgotten faster than the state is made again", remedy="wait; it goes on by itself")


def saved(log: Log, checkpoints: Checkpoints) -> State:
    """The state of the newest checkpoint; an empty one where there is none that fits this version and this log."""
    latest = checkpoints.latest()
    if latest is None or latest[0] > log.head():
        return State.empty(log.leave_out)
    try:
        return state_of(latest[1], latest[2], log.leave_out)
    except (Incompatible, KeyError, ValueError) as error:
        _logger.warning("the checkpoint is passed over, the log is folded anew: %s", error)
        return State.empty(log.leave_out)
