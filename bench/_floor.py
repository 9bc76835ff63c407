"""What a slate can't do without, measured bare: an empty HTTP handler, encodes and their best, a predict, JSON.

Run as a program it is the empty handler: Granian and ASGI as the server has them, one body for every request.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from _load import at_rate, get
from _shop import Server, free_port, wait_until_ready

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.deploy.load import LiveBundle
from lingxi.domain.history import History
from lingxi.domain.slate import Slate

TOP = 200
LENGTH = 50
"""Acts of the history that is encoded."""
BARE_SECONDS = 0.5
CLIENTS = 32


@dataclass(frozen=True, slots=True)
class Floor:
    """CPU milliseconds of one call of each."""

    http: float
    encode: float
    top: float
    predict: float
    json: float

    def of(self, encodes: float, requests: float) -> float:
        """Of one slate, with so many encodes and HTTP requests (its own, and its share of events) to it."""
        return self.http * requests + (self.encode + self.top) * encodes + self.predict + self.json


def measure(home: Path, body: bytes, candidates: int, rate: float, seconds: float) -> Floor:
    """The floor of a shop's slates: at their rate, with as many candidates and the same answer."""
    read = config.load(home)
    with Desk(home, read, "default") as desk:
        live = desk.live()
        assert live is not None, "the shop has no model"
        bundle = LiveBundle.load(*desk.parts.bundles.open(live), dict(desk.state().items.number))
    encoder, learnt = bundle.runtimes["sequence"], bundle.runtimes.get("ranker") or bundle.runtimes["blend"]
    order = learnt.towards(read.recommend.of("home").goals)
    rng = np.random.default_rng(0)
    at = np.arange(LENGTH, dtype=np.int64) * 3_600_000_000
    items = rng.choice(encoder.items.number[encoder.items.number >= 0], LENGTH).astype(np.int32)
    history = History(at, items, np.zeros(LENGTH, np.int8))
    vector, now = encoder.encode(history, int(at[-1])), int(at[-1])
    matrix = np.asfortranarray(rng.normal(size=(candidates, len(order.inputs))).astype(np.float32))
    slate, encode = msgspec.json.decode(body, type=Slate), msgspec.json.Encoder().encode
    return Floor(
        http=http(len(body), rate, seconds),
        encode=bare(lambda: encoder.encode(history, now)),
        top=bare(lambda: encoder.top(vector, TOP)),
        predict=bare(lambda: order.score(matrix)),
        json=bare(lambda: encode(slate)),
    )


def bare(call: Callable[[], Any]) -> float:
    """CPU milliseconds of a call."""
    call()
    began, count = time.process_time(), 0
    while time.process_time() - began < BARE_SECONDS:
        for _ in range(20):
            call()
        count += 20
    return (time.process_time() - began) / count * 1e3


def http(size: int, rate: float, seconds: float) -> float:
    """CPU milliseconds of a request to the empty handler, at a rate."""
    with empty(size) as server:
        before = server.cpu()
        told = asyncio.run(at_rate(server, CLIENTS, _same(), rate, seconds))
        return (server.cpu() - before) / max(len(told.seconds["empty"]), 1) * 1e3


def _same() -> Iterator[tuple[str, bytes]]:
    request = get("/v1/recommend/home?user=u1&n=20")
    while True:
        yield "empty", request


@contextmanager
def empty(size: int) -> Iterator[Server]:
    """The empty handler in a process of its own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, __file__, str(port), str(size)])
    try:
        wait_until_ready(port, process)
        yield Server.of(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=15)


async def serve(port: int, size: int) -> None:
    """Answers every request with `size` bytes."""
    from granian.constants import Interfaces
    from granian.server.embed import Server as Granian

    from lingxi.api.server import BACKLOG, SWITCH_SECONDS

    body, headers = b" " * size, [(b"content-type", b"application/json"), (b"content-length", str(size).encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 (an ASGI application's signature)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})

    sys.setswitchinterval(SWITCH_SECONDS)
    granian = Granian(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        backlog=BACKLOG,
        log_enabled=False,
        websockets=False,
    )
    await granian.serve()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), int(sys.argv[2])))
