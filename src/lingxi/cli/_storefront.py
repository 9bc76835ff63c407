"""The demo's shop as a visitor meets it: over HTTP, on this machine."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from typing import Any, Final

from lingxi.cli._children import Process
from lingxi.domain.errors import LingxiError, Unavailable

N: Final = 20
SWAP_SECONDS: Final = 5.0
"""A promotion from another process reaches the server within a second; a loaded machine gets more."""
POLL_SECONDS: Final = 0.2
TIMEOUT_SECONDS: Final = 20.0


class Storefront:
    """Speaks to the server on `port` of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, body: object = None) -> Any:
        """The JSON that a path answers with.

        Raises:
            Unavailable: nobody listens, or the answer is no success.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request("GET" if body is None else "POST", path, sent, {"content-type": "application/json"})
            answer = connection.getresponse()
            read = answer.read()
        except OSError as error:
            raise Unavailable(f"the server does not answer: {error}", where=path) from None
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise Unavailable(f"the server answered {answer.status}: {read[:300].decode(errors='replace')}", where=path)
        return json.loads(read)

    def check_free(self) -> None:
        """Raises:
        Unavailable: somebody listens on the port already. The server would not notice: it shares ports.
        """
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                what, remedy = f"port {self.port} is taken", "choose another: PORT=8080 make demo"
                raise Unavailable(what, where="lingxi demo", remedy=remedy)

    def models(self) -> dict[str, Any]:
        """What `GET /v1/models` answers."""
        found: dict[str, Any] = self.ask("/v1/models")
        return found

    def home(self, session: str) -> list[dict[str, Any]]:
        """The picks of a guest's home page."""
        picks: list[dict[str, Any]] = self.ask(f"/v1/recommend/home?session={session}&n={N}")["picks"]
        return picks

    def wait_ready(self, server: Process | None, ended: threading.Event, seconds: float) -> None:
        """Waits until the shop serves and stores.

        Raises:
            Unavailable: the server ended, it was not ready in time, or `ended` was set.
        """
        why = self._until(lambda: self.ask("/health/ready") is not None, server, ended, seconds)
        if why:
            raise Unavailable(f"the shop did not open: {why}", where=f"port {self.port}", remedy="see above")

    def wait_swap(self, model: dict[str, Any], ended: threading.Event) -> None:
        """Waits until the server serves with `model`, if the gate let it through."""
        if (model.get("judged") or {}).get("passed"):
            self._until(lambda: bool(self.models()["live"] == model["id"]), None, ended, SWAP_SECONDS)

    def _until(self, holds: Any, server: Process | None, ended: threading.Event, seconds: float) -> str:
        """Why it never held; nothing when it did."""
        last, until = "it is not ready", time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if holds():
                    return ""
            except Unavailable as error:
                last = str(error)
            if server is not None and server.poll() is not None:
                return f"the server ended with {server.returncode}"
            if ended.wait(POLL_SECONDS):
                return "interrupted"
        return f"not within {seconds:g} s: {last}"


def check_clicks(shop: Storefront) -> str:
    """A guest's home page is full, each pick with source and reason, and three views change it; one line of proof.

    Raises:
        LingxiError: one of it does not hold.
    """
    session = f"smoke-{time.time_ns():x}"
    before = shop.home(session)
    _must(len(before) == N, f"a guest's home page has {len(before)} picks, not {N}")
    for pick in before:
        _must(bool(pick["source"] and pick["reason"]["en"] and pick["reason"]["zh"]), f"a pick says no reason: {pick}")
    # The end of the page: what a shopper looks at there was not what the shop showed first.
    views = [{"kind": "view", "session": session, "item": pick["item"]} for pick in before[-3:]]
    receipts = shop.ask("/v1/events", views)["events"]
    _must(all(receipt.get("seq") for receipt in receipts), f"a view was not stored: {receipts}")
    after = shop.home(session)
    moved = sum(old["item"] != new["item"] for old, new in zip(before, after, strict=False))
    _must(moved > 0, "three views changed nothing on a guest's home page")
    return f"a guest's home page: {N} picks with source and reason; three views moved {moved} of them"


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise LingxiError(what, where="lingxi demo --smoke")
