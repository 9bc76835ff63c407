"""What the routes that take records share: reading them, and answering with a receipt for each."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from litestar import Request, Response

from lingxi.api import body
from lingxi.api.doc import encode
from lingxi.api.door import engine_of
from lingxi.api.measure import STATUSES
from lingxi.app import Engine
from lingxi.domain.change import Receipt
from lingxi.ingest.body import Limits, Sent, decode

Send = Callable[[Engine, Sequence[Sent]], Awaitable[list[Receipt]]]


async def take(request: Request[Any, Any, Any], name: str, send: Send) -> Response[bytes]:
    """Sends a body's records to the shop; `{name: [receipt, …]}`, in order, once all are on disk and in the state."""
    engine = await engine_of(request)
    server = engine.settings.server
    started = time.perf_counter()
    whole = await body.read(request, server.body_bytes)
    limits = Limits(server.body_bytes, server.records, server.depth)
    receipts = await send(engine, decode(whole, request.headers.get("content-type", ""), limits))
    spent = time.perf_counter() - started
    for each in receipts:
        STATUSES[name, each.status].inc()
    return Response(
        b'{"' + name.encode() + b'":' + encode(receipts) + b"}",
        media_type="application/json",
        status_code=200,
        headers={"server-timing": f"store;dur={spent * 1e3:.2f}"},
    )
