"""A load client that costs little: HTTP/1.1 on raw asyncio protocols, closed loop or at a fixed rate.

A request is bytes made beforehand; of an answer only the status and the body are looked at.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

Request = tuple[str, bytes]
"""What kind of request it is, and its bytes."""


def get(path: str, host: str = "127.0.0.1") -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def post(path: str, body: bytes, host: str = "127.0.0.1") -> bytes:
    """A POST request of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def parts_left_out(body: bytes) -> list[str]:
    """What the slate in an answer went without; nothing for a whole one, and for what is no slate."""
    _, cheaper, rest = body.rpartition(b'"cheaper":[')
    return rest.partition(b"]")[0].decode().replace('"', "").split(",") if cheaper else []


@dataclass(slots=True)
class Told:
    """What came back: seconds by kind of request, how many were no 2xx, and how many slates went without each part."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: int = 0
    cheaper: int = 0
    without: Counter[str] = field(default_factory=Counter)
    started: float = 0.0
    ended: float = 0.0

    def add(self, kind: str, seconds: float, status: int, body: bytes) -> None:
        """Notes one answer."""
        self.seconds.setdefault(kind, []).append(seconds)
        self.errors += not 200 <= status < 300
        if left_out := parts_left_out(body):
            self.cheaper += 1
            self.without.update(left_out)

    def share(self, count: int) -> float:
        """So many slates of all."""
        return count / max(len(self.seconds.get("slate", ())), 1)

    def per_second(self, kind: str) -> float:
        """Answers of one kind a second."""
        return len(self.seconds.get(kind, ())) / max(self.ended - self.started, 1e-9)

    def percentile_ms(self, kind: str, percent: float) -> float:
        """A percentile of one kind's seconds, in ms; NaN where there were none."""
        seconds = self.seconds.get(kind)
        return float(np.percentile(seconds, percent) * 1e3) if seconds else float("nan")


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the protocol names it)
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((0, b""))

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        place = head.find(b"content-length:")
        length = 0 if place < 0 else int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(self._received) < end + 4 + length:
            return
        body = bytes(self._received[end + 4 : end + 4 + length])
        del self._received[: end + 4 + length]
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Sends a request; returns (status, body), status 0 when the connection broke."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            return 0, b""
        self._transport.write(request)
        return await self._answer


async def connect(port: int, count: int) -> list[Connection]:
    """Opens connections to the server on this machine."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, "127.0.0.1", port) for _ in range(count)]
    return [protocol for _, protocol in made]


class Pool:
    """Connections that are lent one at a time, to whoever has waited longest."""

    def __init__(self, connections: list[Connection]) -> None:
        self._free = deque(connections)
        self._waiting: deque[asyncio.Future[Connection]] = deque()

    async def take(self) -> Connection:
        """A connection, as soon as one is free."""
        if self._free:
            return self._free.popleft()
        turn: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn

    def give(self, connection: Connection) -> None:
        """Brings one back."""
        if self._waiting:
            self._waiting.popleft().set_result(connection)
        else:
            self._free.append(connection)


async def closed_loop(port: int, connections: int, requests: Iterator[Request], seconds: float) -> Told:
    """Every connection sends its next request as soon as it has its answer."""
    told = Told(started=time.perf_counter())
    until = told.started + seconds

    async def go(connection: Connection) -> None:
        while (begun := time.perf_counter()) < until:
            kind, request = next(requests)
            status, body = await connection.ask(request)
            told.add(kind, time.perf_counter() - begun, status, body)
            if not status:
                return

    await asyncio.gather(*(go(each) for each in await connect(port, connections)))
    told.ended = time.perf_counter()
    return told


async def at_rate(
    port: int,
    connections: int,
    requests: Iterator[Request],
    rate: float,
    seconds: float,
    seen: Callable[[str, bytes, bytes], None] | None = None,
) -> Told:
    """Requests begin `1 / rate` apart whatever the server does; waiting for a free connection counts as time."""
    pool = Pool(await connect(port, connections))
    told = Told(started=time.perf_counter())
    tasks = set()

    async def go(kind: str, request: bytes, due: float) -> None:
        connection = await pool.take()
        status, body = await connection.ask(request)
        told.add(kind, time.perf_counter() - due, status, body)
        if seen is not None:
            seen(kind, request, body)
        pool.give(connection)

    for number in range(int(rate * seconds)):
        due = told.started + number / rate
        if (ahead := due - time.perf_counter()) > 0.0005:
            await asyncio.sleep(ahead)
        task = asyncio.create_task(go(*next(requests), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    told.ended = time.perf_counter()
    return told
