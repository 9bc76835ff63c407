"""What the server counts, for Prometheus."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import Any, Final

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from lingxi.api.collect import Collector
from lingxi.api.doc import Doc, opt
from lingxi.api.measure import DISK, ENCODES, FREE, OPEN, SEQ, WAITING, Measured, exposed, several
from lingxi.app import Home
from lingxi.workflows.disk import use

LOOK_SECONDS: Final = 1.0


@get(
    "/metrics",
    opt=opt(Doc(summary="Metrics, for Prometheus", tag="Health", media_type="text/plain", open=True)),
)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The metrics in Prometheus's text format."""
    home: Home = request.app.state["home"]
    look(home, request.app.state["measured"])
    await asyncio.to_thread(_measure_disk, home)
    slates = CollectorRegistry()
    slates.register(Collector(home.engines, str(os.getpid()) if several() else None))
    return Response(exposed() + generate_latest(slates), headers={"content-type": CONTENT_TYPE_LATEST})


def look(home: Home, measured: Measured) -> None:
    """Takes down how this process stands now."""
    for name, engine in home.engines.items():
        SEQ.labels(name).set(engine.state.cursor)
        ENCODES.labels(name).set(engine.encodes)
        WAITING.labels(name).set(engine.waiting)
    OPEN.set(measured.open)


async def look_on(home: Home, measured: Measured) -> None:
    """The same, again and again: of several processes another one may be asked."""
    while True:
        look(home, measured)
        await asyncio.sleep(LOOK_SECONDS)


def _measure_disk(home: Home) -> None:
    """Looks through the folders; a scrape every few seconds costs a few file names."""
    for name, engine in dict(home.engines).items():
        for place, size in use(engine.parts.folder).items():
            DISK.labels(name, place).set(size)
    FREE.set(shutil.disk_usage(home.folder).free)
