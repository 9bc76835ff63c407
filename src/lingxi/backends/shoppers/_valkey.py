"""Shared shoppers on Valkey, or any server that speaks its protocol and runs scripts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from lingxi.backends.shoppers._wire import Address, Wire
from lingxi.domain.errors import Unavailable
from lingxi.ports.shoppers import NOBODY, Found, Held

PATIENCE_SECONDS: Final = 0.4
"""An answer that takes longer is none: slates do without."""
CONNECT_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 0.25
KEPT_SECONDS: Final = 86_400
"""A row that nobody wrote for a day is let go: every process has folded its changes long since."""

_logger = logging.getLogger(__name__)

APPLY: Final = """
local gone = tonumber(ARGV[5])
for i = 2, gone + 1 do
  local seq = redis.call('GETRANGE', KEYS[i], 0, 7)
  if #seq == 8 then
    local low, high = struct.unpack('<I4I4', seq)
    if high * 4294967296 + low <= tonumber(ARGV[i + 4]) then redis.call('DEL', KEYS[i]) end
  end
end
local held = redis.call('HMGET', KEYS[1], 'since', 'cursor')
local since, cursor = tonumber(held[1]) or -1, tonumber(held[2]) or -1
if cursor ~= tonumber(ARGV[1]) then return {since, cursor} end
for i = gone + 2, #KEYS do redis.call('SET', KEYS[i], ARGV[i + 4], 'EX', ARGV[3]) end
cursor = tonumber(ARGV[2])
if ARGV[4] == '1' then since = cursor end
redis.call('HSET', KEYS[1], 'since', since, 'cursor', cursor)
return {since, cursor}
"""
READ: Final = """
local held = redis.call('HMGET', KEYS[1], 'since', 'cursor')
local found = {tonumber(held[1]) or -1, tonumber(held[2]) or -1}
for i = 2, #KEYS do
  local row = redis.call('GET', KEYS[i])
  found[i + 1] = ''
  if row then
    local low, high = struct.unpack('<I4I4', row)
    if high * 4294967296 + low > tonumber(ARGV[i - 1]) then found[i + 1] = row end
  end
end
return found
"""
"""One atomic script each: the cursor and the rows are of one moment."""


class ValkeyShoppers:
    """`ports.shoppers.Shoppers` on keys that begin with `lingxi:{<shop>}:`. Owned by the event loop that first asks.

    It connects when it is first asked, and again by itself.
    """

    def __init__(self, address: Address, shop: str) -> None:
        self._address = address
        self._prefix = f"lingxi:{{{shop}}}:".encode()
        self._place = self._prefix + b"held"
        self._wire: Wire | None = None
        self._scripts: list[bytes] = []
        self._connecting: asyncio.Task[None] | None = None
        self._tried = False
        self._said = ""

    async def read(self, known: Mapping[str, int]) -> Found:
        """See `ports.shoppers.Shoppers.read`."""
        wire = self._wire if self._wire is not None and self._wire.open else await self._connected()
        keys = [self._prefix + name.encode() for name in known]
        since, cursor, *rows = await wire.ask(
            "EVALSHA", self._scripts[1], len(keys) + 1, self._place, *keys, *known.values()
        )
        return Found(Held(since, cursor), {name: row for name, row in zip(known, rows, strict=True) if row})

    async def apply(
        self, begins: int, ends: int, rows: Mapping[str, bytes], gone: Mapping[str, int] = NOBODY, *, anew: bool = False
    ) -> Held:
        """See `ports.shoppers.Shoppers.apply`."""
        wire = self._wire if self._wire is not None and self._wire.open else await self._connected()
        keys = [self._prefix + name.encode() for name in (*gone, *rows)]
        said = (begins, ends, KEPT_SECONDS, int(anew), len(gone), *gone.values(), *rows.values())
        since, cursor = await wire.ask("EVALSHA", self._scripts[0], len(keys) + 1, self._place, *keys, *said)
        return Held(since, cursor)

    async def close(self) -> None:
        """See `ports.shoppers.Shoppers.close`."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._wire is not None:
            self._wire.close()

    async def _connected(self) -> Wire:
        """The connection, made if need be: the first time it is waited for, later only tried beside what goes on."""
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
        if not self._tried:
            await asyncio.shield(self._connecting)
        if self._wire is None or not self._wire.open:
            raise Unavailable(
                "what is shared of shoppers is not there",
                where=str(self._address),
                remedy="see whether the server in state.shoppers runs; it is tried again by itself",
            )
        return self._wire

    async def _connect(self) -> None:
        """Tries once; where it fails, the next one may try after a pause."""
        address = self._address
        wire = Wire(str(address), PATIENCE_SECONDS)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: wire, address.host, address.port, ssl=address.tls)
                for command in address.greeting():
                    await wire.ask(*command)
                self._scripts = [await wire.ask("SCRIPT", "LOAD", script) for script in (APPLY, READ)]
            self._wire, self._said = wire, ""
        except (OSError, TimeoutError, Unavailable) as error:
            self._say(str(error) or "no answer")
            wire.close()
            await asyncio.sleep(0 if not self._tried else AGAIN_SECONDS)
        finally:
            self._tried = True

    def _say(self, why: str) -> None:
        """Once for each reason."""
        if why != self._said:
            _logger.warning("cannot reach %s: %s", self._address, why)
        self._said = why
