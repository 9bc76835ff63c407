"""What the server counts, for Prometheus."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from lingxi.api.collect import Collector
from lingxi.api.doc import Doc, opt
from lingxi.api.measure import DISK, ENCODES, FREE, OPEN, REGISTRY, SEQ, WAITING
from lingxi.app import Home
from lingxi.workflows.disk import use


@get(
    "/metrics",
    opt=opt(Doc(summary="Metrics, for Prometheus", tag="Health", media_type="text/plain", open=True)),
)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The metrics in Prometheus's text format."""
    home: Home = request.app.state["home"]
    for name, engine in home.engines.items():
        SEQ.labels(name).set(engine.state.cursor)
        ENCODES.labels(name).set(engine.encodes)
        WAITING.labels(name).set(engine.waiting)
    OPEN.set(request.app.state["measured"].open)
    await asyncio.to_thread(_measure_disk, home)
    slates = CollectorRegistry()
    slates.register(Collector(home.engines))
    return Response(generate_latest(REGISTRY) + generate_latest(slates), headers={"content-type": CONTENT_TYPE_LATEST})


def _measure_disk(home: Home) -> None:
    """Looks through the folders; a scrape every few seconds costs a few file names."""
    for name, engine in dict(home.engines).items():
        for place, size in use(engine.parts.folder).items():
            DISK.labels(name, place).set(size)
    FREE.set(shutil.disk_usage(home.folder).free)
