"""What the routes that take records share: reading them, and answering with a receipt for each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any

from litestar import Request

from lingxi.api import body
from lingxi.api.answer import Answer
from lingxi.api.doc import encode
from lingxi.api.door import engine_of
from lingxi.api.measure import RULES, STATUSES
from lingxi.app import Engine
from lingxi.domain.change import Receipt
from lingxi.ingest.body import Limits, Sent, decode

Send = Callable[[Engine, Sequence[Sent]], Awaitable[list[Receipt]]]


async def take(request: Request[Any, Any, Any], name: str, send: Send) -> Answer:
    """Sends a body's records to the shop; `{name: [receipt, …]}`, in order, once all are on disk and in the state."""
    engine = await engine_of(request)
    server = engine.settings.server
    started = time.perf_counter()
    whole = await body.read(request, server.body_bytes)
    limits = _limits(server.body_bytes, server.records, server.depth)
    receipts = await send(engine, decode(whole, request.headers.get("content-type", ""), limits))
    spent = time.perf_counter() - started
    _count(name, receipts)
    told = b'{"' + name.encode() + b'":' + encode(receipts) + b"}"
    return Answer(told, {"server-timing": f"store;dur={spent * 1e3:.2f}"})


def _count(name: str, receipts: Sequence[Receipt]) -> None:
    """What became of the records, and by which rule; one that was there already has counted."""
    for status, count in Counter([each.status for each in receipts]).items():
        STATUSES[name, status].inc(count)
    told = Counter(rule for each in receipts if each.rules and each.status != "duplicate" for rule in each.rules)
    for rule, count in told.items():
        RULES.labels(name, rule).inc(count)


@lru_cache(maxsize=1)
def _limits(body_bytes: int, records: int, depth: int) -> Limits:
    return Limits(body_bytes, records, depth)
