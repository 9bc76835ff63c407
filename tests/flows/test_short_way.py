"""The short way to a slate answers as the framework's route does: whoever asks, whatever is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lingxi.api.application import create_app
from lingxi.api.measure import REGISTRY, Measured
from lingxi.api.short_way import TEMPLATE, ShortWay
from lingxi.app import Home
from lingxi.config import Serving, Settings
from lingxi.ports.keys import Scope

OWN = {"date", "server-timing"}
ASKED = (
    ("home", ""),
    ("home", "user=ann&n=3&region=north&channel=app&explain=true"),
    ("home", "n=3&category=Nothing"),
    ("similar", "item=p1&item=p2&exclude=p3&n=4"),
    ("similar", ""),
    ("similar", "item=nothing"),
    ("nowhere", "n=3"),
    ("home/", "n=3"),
    ("home", "n=0"),
    ("home", "n=101"),
    ("home", "n=3&n=4"),
    ("home", "usr=ann"),
    ("home", "surface=cart&n=2"),
    ("home", "user=%FF"),
    ("home", "user=a%00b"),
    ("home", "price_min=4&price_max=2"),
    ("home", "price_min=nan"),
    ("home", "after=1&n=2"),
    ("home", "after=999999"),
    ("home", "after=-1"),
)
HEADERS: tuple[Mapping[str, str], ...] = (
    {"host": "shop.example"},
    {"host": "localhost", "origin": "https://evil.example"},
    {"authorization": "Bearer lx_wrong"},
    {"x-lingxi-key": "lx_wrong"},
    {"x-request-id": "mine"},
)

KEYS: tuple[tuple[Scope, int], ...] = (("ingest", 403), ("recommend", 200))


async def asked(app: Any, surface: str, text: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of an answer, without what is its own."""
    path = f"/v1/recommend/{surface}"
    sent: list[Any] = []
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": text.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    told = {name: value for name, value in told.items() if name not in OWN}
    if "x-request-id" not in headers:
        told.pop("x-request-id")
    raw = b"".join(each.get("body", b"") for each in sent[1:])
    assert told.pop("content-length") == str(len(raw))
    body = msgspec.json.decode(raw)
    body.pop("request", None)
    for pick in body.get("picks", ()):
        # Time goes on between two requests, and purchases fade.
        pick.pop("score")
    return sent[0]["status"], told, body


def both(home: Home) -> tuple[Measured, Measured]:
    """The application, and the same without the short way."""
    app = create_app(home)
    short = app._app
    assert isinstance(short, ShortWay)
    return app, Measured(short._app)


async def story(folder: Path) -> None:
    """See the test."""
    home = Home(folder, Settings(serving=Serving(deadline_ms=60_000)))
    await home.start()
    try:
        engine = await home.engine()
        items = [{"id": f"p{n}", "title": f"Thing {n}", "category": f"Aisle {n % 3}", "price": n} for n in range(1, 13)]
        await engine.send_items(items)
        app, long = both(home)
        for surface, text in ASKED:
            assert await asked(app, surface, text, {}) == await asked(long, surface, text, {}), (surface, text)
        for headers in HEADERS:
            assert await asked(app, "home", "n=2", headers) == await asked(long, "home", "n=2", headers), headers
        assert (await asked(app, "home", "n=2", {"host": "shop.example"}))[0] == 409
        # Once there are keys, who comes without one is turned away, and who comes with one for something else as well.
        app, long = both(home)
        for scope, status in KEYS:
            _, secret = home.keys.create(scope, "default", (scope,))
            for headers, wanted in (({}, 401), ({"authorization": f"Bearer {secret}", "host": "shop.example"}, status)):
                answer = await asked(app, "home", "n=2", headers)
                assert answer == await asked(long, "home", "n=2", headers)
                assert answer[0] == wanted
    finally:
        await home.stop(5.0)


def test_both_ways_answer_alike(tmp_path: Path) -> None:
    """Given requests of every kind, right and wrong, when each is sent both ways, then status, headers and body are the
    same, and both are counted under one route."""
    asyncio.run(story(tmp_path))
    counted = {
        sample.labels["route"]
        for family in REGISTRY.collect()
        for sample in family.samples
        if family.name == "lingxi_request_seconds" and "recommend" in sample.labels.get("route", "")
    }
    assert counted == {TEMPLATE}
