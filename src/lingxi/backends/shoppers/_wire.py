"""One connection to a server that speaks RESP: commands go out as they come, answers come in their order.

A command costs the loop some ten microseconds; a client that pools connections and retries costs several times that,
and a slate asks once. The parser is hiredis, the one of the usual clients.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import hiredis

from lingxi.domain.errors import Invalid, Unavailable

PORT: Final = 6379
GRACE_SECONDS: Final = 0.02
REMEDY: Final = "see whether the server in state.shoppers runs; it is tried again by itself"


class Address:
    """Where a URL (`valkey://[user:password@]host[:port][/number]`) leads, and how to come in."""

    def __init__(self, url: str, *, encrypted: bool = False) -> None:
        try:
            parts = urlsplit(url)
            self.host, self.port = parts.hostname or "127.0.0.1", parts.port or PORT
            self.number = int(parts.path.strip("/") or 0)
        except ValueError as error:
            remedy = "write it as valkey://host:6379/0"
            raise Invalid(f"the URL cannot be read: {error}", where="state.shoppers", remedy=remedy) from None
        self.user, self.password = unquote(parts.username or "default"), unquote(parts.password or "")
        self.tls = ssl.create_default_context() if encrypted else None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def greeting(self) -> list[tuple[Any, ...]]:
        """The commands with which a connection begins."""
        commands: list[tuple[Any, ...]] = []
        if self.password:
            commands.append(("AUTH", self.user, self.password))
        if self.number:
            commands.append(("SELECT", self.number))
        return commands


class Wire(asyncio.Protocol):
    """Owned by the event loop. Where an answer does not come within `patience` seconds, or a command is refused, the
    connection is given up: a server that was begun anew knows no scripts, and one that only follows another now takes
    nothing in. The next connection finds out what it is."""

    def __init__(self, place: str, patience: float) -> None:
        self._place, self._patience = place, patience
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._late = False

    @property
    def open(self) -> bool:
        """Whether commands can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, *command: Any) -> asyncio.Future[Any]:
        """The answer to a command, or Unavailable."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        if self._transport is None or self._transport.is_closing():
            answer.set_exception(self._gone("is not there"))
            return answer
        self._waiting.append((answer, time.monotonic()))
        self._transport.write(hiredis.pack_command(command))
        if self._watch is None:
            self._watch = loop.call_later(self._patience, self._look)
        return answer

    def close(self) -> None:
        """Ends it; who waits is told."""
        if self._transport is not None:
            self._transport.abort()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # uvloop's is none of asyncio's class, and does all that one does.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._reader.feed(data)
        refused = False
        try:
            while (said := self._reader.gets()) is not False:
                answer, _ = self._waiting.popleft()
                if answer.done():
                    continue
                if isinstance(said, hiredis.ReplyError):
                    answer.set_exception(self._gone(f"refused: {said}"))
                    refused = True
                else:
                    answer.set_result(said)
        except (hiredis.ProtocolError, IndexError):
            refused = True
        if refused:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the protocol names it)
        """See asyncio.Protocol."""
        self._transport = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._waiting:
            answer, _ = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(self._gone("does not answer"))

    def _look(self) -> None:
        """Gives up where the oldest command waits too long."""
        self._watch = None
        if not self._waiting:
            return
        left = self._waiting[0][1] + self._patience - time.monotonic()
        if left > 0:
            self._late = False
        elif self._late:
            self.close()
            return
        else:
            # The loop itself may have stood still: what has come meanwhile is looked at first.
            self._late, left = True, GRACE_SECONDS
        self._watch = asyncio.get_running_loop().call_later(left, self._look)

    def _gone(self, what: str) -> Unavailable:
        return Unavailable(f"what is shared of shoppers {what}", where=self._place, remedy=REMEDY)
