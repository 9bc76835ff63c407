"""Builds the index of the model that serves anew, in a thread, once much of what it finds has changed."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lingxi.deploy.load import LiveBundle

_logger = logging.getLogger(__name__)


class Tending:
    """Called on the event loop that owns the state. Meanwhile the old index serves, with all changes beside it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def consider(self, bundle: LiveBundle | None) -> None:
        """Begins where it is due and not under way."""
        encoder = None if bundle is None else bundle.runtimes.get("sequence")
        near = getattr(encoder, "near", None)
        if near is not None and near.due and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._renew(encoder))

    async def _renew(self, encoder: Any) -> None:
        before = encoder.near
        made = await asyncio.to_thread(before.rebuilding())
        encoder.near = made.adopt(before)
        _logger.info("the index was built anew, of %d items", len(encoder.near))

    async def settled(self) -> None:
        """Returns when nothing is being built."""
        if self._task is not None:
            await asyncio.wait((self._task,))
