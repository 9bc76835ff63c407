"""A request is a span, and each step of its slate one beneath it; without a collector nothing of it is loaded."""

from __future__ import annotations

import asyncio
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lingxi.api.tracing import Traced, traced
from lingxi.recommend.stages import deafen, stage

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@stage("sift")
def step() -> None:
    """A step of a slate."""


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """An application that takes one step."""
    scope["path_template"] = "/v1/recommend/{surface}"
    step()
    await send({"type": "http.response.start", "status": 503, "headers": []})


async def _send(message: Any) -> None:
    """Nobody listens."""


def test_a_request_and_its_steps_are_spans_of_the_callers_trace() -> None:
    """Given a request with a `traceparent`, its span is that one's child and its step's span is its own child."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    app = Traced(answering, provider)
    try:
        scope = {"type": "http", "method": "GET", "headers": [(b"traceparent", PARENT.encode())]}
        asyncio.run(app(scope, None, _send))  # type: ignore[arg-type]
        step()
    finally:
        deafen(app.heard)
    inner, outer = kept.get_finished_spans()
    assert (inner.name, outer.name) == ("sift", "GET /v1/recommend/{surface}")
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert f"{outer.context.trace_id:032x}" == PARENT.split("-")[1]
    assert outer.attributes is not None
    assert outer.attributes["http.response.status_code"] == 503
    assert outer.start_time is not None
    assert inner.start_time is not None
    assert inner.end_time is not None
    assert outer.start_time <= inner.start_time <= inner.end_time


def test_without_a_collector_the_application_is_as_it_was() -> None:
    assert traced(answering, wanted=False) is answering
