"""An answer that is ready: bytes, sent as they are."""

from __future__ import annotations

from collections.abc import Mapping

from litestar.types import Receive, Scope, Send


class Answer:
    """An ASGI application that sends one body of JSON; a handler that returns it spares what a Response is made of."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(
        self, body: bytes, headers: Mapping[str, str], status: int = 200, media_type: str = "application/json"
    ) -> None:
        self._status = status
        self._body = body
        self._headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (an ASGI application's signature)
        """Sends it."""
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
