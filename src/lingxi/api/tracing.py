"""OpenTelemetry traces: a span for each request, and beneath it one for each step of its slate.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set or the setting `logs.traces` is on; `pip install 'lingxi[otel]'` brings
the SDK, whose own variables (OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME …) hold.
"""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Send

from lingxi.domain.errors import Unavailable
from lingxi.recommend.stages import listen

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_span: ContextVar[Any] = ContextVar("span", default=None)


def traced(app: ASGIApp, *, wanted: bool) -> ASGIApp:
    """The application, traced where that is wanted or the environment names where traces go.

    Raises:
        Unavailable: it is wanted, and the SDK is not installed.
    """
    if not wanted and not os.environ.get(ENDPOINT):
        return app
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        what = "traces are wanted, and the OpenTelemetry SDK is not installed"
        raise Unavailable(what, where=ENDPOINT, remedy="pip install 'lingxi[otel]', or unset it") from None
    resource = Resource({SERVICE_NAME: "lingxi"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traced(app, provider)


class Traced:
    """An ASGI application whose requests are spans of `provider`; a caller's `traceparent` is their parent."""

    def __init__(self, app: ASGIApp, provider: Any) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._app, self._trace = app, trace
        self._tracer = provider.get_tracer("lingxi")
        self._propagator = TraceContextTextMapPropagator()
        self._offset = time.time_ns() - time.perf_counter_ns()
        listen(self.heard)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Passes the request on, within its span."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        parent = self._propagator.extract(headers)
        kind = self._trace.SpanKind.SERVER
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracer.start_as_current_span(scope["method"], parent, kind) as span:
            _span.set(span if span.is_recording() else None)
            try:
                await self._app(scope, receive, watched)
            finally:
                self._tell(span, scope, status)

    def _tell(self, span: Any, scope: Any, status: int) -> None:
        route = str(scope.get("path_template") or "other")
        span.update_name(f"{scope['method']} {route}")
        span.set_attributes(
            {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status}
        )
        if status >= 500:
            span.set_status(self._trace.StatusCode.ERROR)

    def heard(self, name: str, since: int, until: int) -> None:
        """A step of the request's slate has ended."""
        if (span := _span.get()) is None:
            return
        context = self._trace.set_span_in_context(span)
        step = self._tracer.start_span(name, context, start_time=since + self._offset)
        step.end(until + self._offset)
