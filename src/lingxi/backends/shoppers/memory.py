"""Shared shoppers in this process's memory: for engines that share one process, and as the measure of the others."""

from __future__ import annotations

from collections.abc import Mapping

from lingxi.ports.shoppers import NOBODY, Found, Held

_STORES: dict[str, MemoryShoppers] = {}


class MemoryShoppers:
    """`ports.shoppers.Shoppers`."""

    def __init__(self) -> None:
        self._held = Held(-1, -1)
        self._rows: dict[str, bytes] = {}

    async def read(self, known: Mapping[str, int]) -> Found:
        """See `ports.shoppers.Shoppers.read`."""
        there = {name: self._rows[name] for name in known if name in self._rows}
        return Found(self._held, {name: row for name, row in there.items() if _seq(row) > known[name]})

    async def apply(
        self, begins: int, ends: int, rows: Mapping[str, bytes], gone: Mapping[str, int] = NOBODY, *, anew: bool = False
    ) -> Held:
        """See `ports.shoppers.Shoppers.apply`."""
        for name, seq in gone.items():
            if name in self._rows and _seq(self._rows[name]) <= seq:
                del self._rows[name]
        if self._held.cursor == begins:
            self._rows.update(rows)
            self._held = Held(ends if anew else self._held.since, ends)
        return self._held

    async def close(self) -> None:
        """See `ports.shoppers.Shoppers.close`."""


def _seq(row: bytes) -> int:
    return int.from_bytes(row[:8], "little")


def open_shoppers(url: str, shop: str) -> MemoryShoppers:
    """Those of the shop of that name; every engine of this process gets the same."""
    return _STORES.setdefault(f"{url} {shop}", MemoryShoppers())
