"""Folds a log into a state and publishes its checkpoint, so that a server need only fold the tail."""

from __future__ import annotations

from lingxi.domain.errors import Incompatible
from lingxi.ports.checkpoints import Checkpoints
from lingxi.ports.log import Log
from lingxi.ports.model import Watch
from lingxi.state.checkpoint import arrays_of, state_of
from lingxi.state.follow import catch_up
from lingxi.state.state import State


def fold(log: Log, checkpoints: Checkpoints, watch: Watch) -> State:
    """The state at the end of the log, from the newest checkpoint that fits; saved as a checkpoint if it is news."""
    state = _saved(checkpoints)
    start, end = state.cursor, log.head()
    for cursor in catch_up(state, log, end):
        watch("state", (cursor - start) / max(1, end - start))
    if state.cursor > start:
        arrays, about = arrays_of(state)
        checkpoints.save(state.cursor, arrays, about)
    return state


def _saved(checkpoints: Checkpoints) -> State:
    """The state of the newest checkpoint; an empty one where there is none, or none of this version."""
    latest = checkpoints.latest()
    if latest is None:
        return State.empty()
    try:
        return state_of(latest[1], latest[2])
    except Incompatible:
        return State.empty()
