"""What the server counts of itself, for Prometheus; and how many requests are open."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, get_args

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from lingxi import registry
from lingxi.api.naming import HEADER, current, named
from lingxi.domain.change import Status

_logger = logging.getLogger(__name__)
REGISTRY: Final = CollectorRegistry()
MANY: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which several processes count; set by the one that starts them."""
_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_requests = Histogram(
    "lingxi_request_seconds", "Time of a request", ("route", "status"), buckets=_BUCKETS, registry=REGISTRY
)
_records = Counter(
    "lingxi_records", "Records that were sent, by what became of them", ("of", "status"), registry=REGISTRY
)
RULES: Final = Counter(
    "lingxi_rules", "Records that a cleaning rule repaired, marked or held", ("of", "rule"), registry=REGISTRY
)


def _gauge(name: str, said: str, labels: tuple[str, ...], among: Any) -> Gauge:
    """A gauge; `among` several processes it is their sum, or the least or the newest of theirs."""
    return Gauge(name, said, labels, registry=REGISTRY, multiprocess_mode=among)


OPEN: Final = _gauge("lingxi_open_requests", "Requests that are being answered", (), "livesum")
SEQ: Final = _gauge("lingxi_state_seq", "Last change that the live state holds", ("shop",), "livemin")
WAITING: Final = _gauge("lingxi_waiting_changes", "Changes that wait for the disk", ("shop",), "livesum")
ENCODES: Final = _gauge("lingxi_encodes_total", "Histories that the model encoded", ("shop",), "sum")
READY: Final = _gauge("lingxi_ready", "1 when the shop can be served and stored", ("shop",), "livemin")
DISK: Final = _gauge("lingxi_disk_bytes", "Disk that a shop takes, by kind of data", ("shop", "of"), "livemostrecent")
FREE: Final = _gauge("lingxi_disk_free_bytes", "What is free on the disk of the home", (), "livemostrecent")
_slates = Counter("lingxi_slates", "Slates by surface", ("surface",), registry=REGISTRY)
SLATES: Final[Mapping[str, Any]] = {name: _slates.labels(name) for name in registry.names("recommend/surfaces")}
STATUSES: Final[Mapping[tuple[str, str], Any]] = {
    (of, status): _records.labels(of, status) for of in ("events", "items", "users") for status in get_args(Status)
}


def several() -> bool:
    """Whether other processes serve beside this one, and are counted with it."""
    return MANY in os.environ


def exposed() -> bytes:
    """What is counted, in Prometheus's text format; of several processes, of all."""
    if not several():
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)


class Measured:
    """An ASGI application whose requests are named, counted and timed; `open` are those that have no answer yet.

    What failed inside is logged with its request's id; with `every`, everything is.
    """

    def __init__(self, app: ASGIApp, *, every: bool = False) -> None:
        self._app, self._every = app, every
        self._seen: dict[tuple[str, int], Any] = {}
        self.open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        status = 0
        started = time.perf_counter()
        name = named(scope["headers"])
        current.set(name)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, name.encode())]
            await send(message)

        self.open += 1
        try:
            await self._app(scope, receive, watched)
        finally:
            self.open -= 1
            self._count(scope, status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(scope.get("path_template") or "other")
        key = (route, status)
        if (child := self._seen.get(key)) is None:
            child = self._seen[key] = _requests.labels(route, str(status))
        child.observe(seconds)
        if self._every or status == HTTPStatus.INTERNAL_SERVER_ERROR:
            told = {"method": scope.get("method"), "route": route, "status": status, "ms": round(seconds * 1e3, 2)}
            level = logging.ERROR if status == HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
            _logger.log(level, "request", extra=told)
