"""Saves the state now and then, so that a start folds little."""

from __future__ import annotations

import asyncio
import logging
import time

from lingxi.config import State as StateSettings
from lingxi.domain.errors import LingxiError
from lingxi.ports.checkpoints import Checkpoints
from lingxi.state.checkpoint import arrays_of
from lingxi.state.state import State

_logger = logging.getLogger(__name__)


class Saver:
    """Owned by the event loop: the arrays are copied there, and written in a thread."""

    def __init__(self, checkpoints: Checkpoints, settings: StateSettings, seq: int) -> None:
        self._checkpoints = checkpoints
        self._settings = settings
        self._saved = seq
        self._since = time.monotonic()
        self._saving: asyncio.Task[None] | None = None

    def consider(self, state: State) -> None:
        """Begins to save if enough has changed, or enough time has passed since anything did; never what is stale."""
        if state.stale:
            return
        grown = state.cursor - self._saved
        late = time.monotonic() - self._since > self._settings.checkpoint_minutes * 60
        due = grown >= self._settings.checkpoint_changes or (grown and late)
        if due and (self._saving is None or self._saving.done()):
            self._saving = asyncio.get_running_loop().create_task(self.save(state))

    async def settled(self) -> None:
        """Returns when what is being saved is on disk, or cannot be."""
        if self._saving is not None:
            await asyncio.gather(self._saving, return_exceptions=True)

    async def save(self, state: State) -> None:
        """Saves the state as it is now, if it has grown."""
        seq = state.cursor
        if seq == self._saved or state.stale:
            return
        self._saved, self._since = seq, time.monotonic()
        made, about = arrays_of(state)
        arrays = made.taken()
        try:
            await asyncio.to_thread(self._checkpoints.save, seq, arrays, about)
        except LingxiError as error:
            _logger.warning("no checkpoint was saved: %s", error)
