"""Which bundle serves: one reference, swapped when the log releases another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from lingxi.deploy.load import LiveBundle
from lingxi.domain.change import Release
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.ports.bundles import Bundles

AGAIN_SECONDS: Final = 15.0
"""After so long a bundle is asked for again that could not be had."""

_logger = logging.getLogger(__name__)


class Live:
    """The bundle that serves, or None. `fault` says why the released one does not serve, where it does not.

    `numbers` gives the shop's item numbers by id; `changed` hears when another bundle serves. Owned by the event loop;
    a bundle is read in a thread beside it.
    """

    def __init__(
        self, bundles: Bundles, numbers: Callable[[], Mapping[str, int]], changed: Callable[[], None] = lambda: None
    ) -> None:
        self._bundles = bundles
        self._numbers = numbers
        self._changed = changed
        self._wanted: str | None = None
        self._loading: asyncio.Task[None] | None = None
        self.bundle: LiveBundle | None = None
        self.fault: LingxiError | None = None

    @property
    def id(self) -> str | None:
        """The id of the bundle that serves."""
        return self.bundle.manifest.id if self.bundle else None

    def release(self, release: Release) -> None:
        """Begins to take in what the log released last; what serves now serves on meanwhile."""
        self._wanted = release.bundle
        if self._loading is None or self._loading.done():
            self._loading = asyncio.get_running_loop().create_task(self._take_in())

    async def settled(self) -> None:
        """Returns when what was released last serves, or cannot."""
        if self._loading is not None:
            await asyncio.shield(self._loading)

    async def _take_in(self) -> None:
        self.fault = None
        while self._wanted != self.id:
            wanted = self._wanted
            try:
                loaded = await self._load(wanted)
            except LingxiError as error:
                _logger.error("bundle %s is refused, %s serves on: %s", wanted, self.id or "no model", error)
                self.fault = error
                if wanted == self._wanted:
                    if isinstance(error, Unavailable):
                        asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._again)
                    return
                continue
            if wanted == self._wanted:
                self.bundle, self.fault = loaded, None
                _logger.info("live: %s", wanted or "no model")
                self._changed()
                return

    def _again(self) -> None:
        """Asks once more for what was not to be had: where models are kept may answer by now."""
        if self.fault is not None and self._loading is not None and self._loading.done():
            self._loading = asyncio.get_running_loop().create_task(self._take_in())

    async def _load(self, name: str | None) -> LiveBundle | None:
        if name is None:
            return None
        return await asyncio.to_thread(self._read, name, self._numbers())

    def _read(self, name: str, numbers: Mapping[str, int]) -> LiveBundle:
        try:
            folder, manifest = self._bundles.open(name)
            return LiveBundle.load(folder, manifest, numbers)
        except LingxiError:
            raise
        except Exception as error:
            raise LingxiError(
                f"bundle '{name}' cannot be loaded: {error}", remedy="train again, or roll back"
            ) from error
