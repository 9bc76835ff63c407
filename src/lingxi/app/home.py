"""All shops of one installation, and the keys that open them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lingxi.app.engine import Engine
from lingxi.app.parts import DEFAULT_SHOP, keys_of, open_parts
from lingxi.app.seat import ALONE, Seat
from lingxi.config import Settings
from lingxi.domain.errors import Unavailable


class Home:
    """The engines of this process, one for each shop that is asked for. Owned by the event loop.

    `seat` says which of several processes that serve the home this one is; `others` why those are not ready, if so.
    """

    def __init__(self, folder: Path, settings: Settings, seat: Seat = ALONE) -> None:
        self.folder = folder
        self.settings = settings
        self.seat = seat
        self.others = ""
        self.keys = keys_of(folder)
        self._engines: dict[str, Engine] = {}
        self._starting: dict[str, asyncio.Task[Engine]] = {}
        self.started = False
        self.draining = False
        self.fault: Unavailable | None = None

    @property
    def engines(self) -> dict[str, Engine]:
        """The engines that were opened, by shop."""
        return self._engines

    @property
    def open_to_all(self) -> bool:
        """Whether no key exists: then only loopback is served, and only the default shop."""
        return not any(key.revoked is None for key in self.keys.all())

    async def start(self) -> None:
        """Opens the default shop and every shop that a key opens."""
        shops = {DEFAULT_SHOP, *(key.shop for key in self.keys.all() if key.revoked is None)}
        for shop in sorted(shops):
            await self.engine(shop)
        self.started, self.fault = True, None

    async def engine(self, shop: str = DEFAULT_SHOP) -> Engine:
        """The engine of a shop, started if it is not running yet.

        Raises:
            Unavailable: the server is shutting down, or the shop cannot be opened now.
        """
        if self.draining:
            raise Unavailable("the server is shutting down", remedy="send it again in a moment")
        if (engine := self._engines.get(shop)) is not None:
            return engine
        if shop not in self._starting:
            self._starting[shop] = asyncio.get_running_loop().create_task(self._open(shop))
        return await asyncio.shield(self._starting[shop])

    async def _open(self, shop: str) -> Engine:
        try:
            parts = await asyncio.to_thread(open_parts, self.folder, self.settings, shop)
            engine = await asyncio.to_thread(Engine, parts, self.settings, self.seat)
            self._engines[shop] = engine  # before it is ready, so that /health/ready can say how far it is
            await engine.start()
        finally:
            self._starting.pop(shop, None)
        return engine

    async def stop(self, seconds: float) -> None:
        """Stops every engine."""
        await asyncio.gather(*(engine.stop(seconds) for engine in self._engines.values()))
