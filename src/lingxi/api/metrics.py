"""What the server counts, for Prometheus."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from lingxi.api.doc import Doc, opt
from lingxi.api.measure import ENCODES, OPEN, REGISTRY, SEQ, WAITING
from lingxi.app import Home


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
    return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})
