"""Changes which bundle serves: by an entry of the log, so that every process and every restart follows."""

from __future__ import annotations

import asyncio

from lingxi.app.live import Live
from lingxi.app.parts import Parts
from lingxi.app.sending import Sending
from lingxi.config import Settings
from lingxi.deploy.promote import release_of, rollback_of
from lingxi.domain.change import Release


class Releasing:
    """Owned by the event loop."""

    def __init__(self, parts: Parts, settings: Settings, live: Live, sending: Sending) -> None:
        self._parts, self._gate, self._live, self._sending = parts, settings.gate, live, sending

    async def promote(self, bundle: str, *, force: bool, why: str, by: str) -> str | None:
        """Releases a bundle if the gate lets it, and returns what serves then.

        Raises:
            Unknown: there is no such bundle.
            Refused: the gate keeps it back, and `force` was not given.
            Incompatible: the bundle is broken or of another shop.
        """
        _, manifest = await asyncio.to_thread(self._parts.bundles.open, bundle)
        return await self._release(release_of(manifest, self._live.id, self._gate, force=force, why=why, by=by))

    async def roll_back(self, *, why: str, by: str) -> str | None:
        """Releases what was live before, and returns what serves then.

        Raises:
            Refused: nothing was live before.
        """
        releases = await asyncio.to_thread(self._parts.log.releases)
        return await self._release(rollback_of(releases, why=why, by=by))

    async def _release(self, release: Release) -> str | None:
        await self._sending.entry(release)
        await self._live.settled()
        if self._live.fault is not None:
            raise self._live.fault
        return self._live.id
