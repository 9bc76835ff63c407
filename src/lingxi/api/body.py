"""A request's body, read up to the limit."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request

from lingxi.domain.errors import Malformed, TooLarge

READ_ON: Final = 1 << 26
"""How much of a body that is too large is read and thrown away, so that the connection lives on."""


async def read(request: Request[Any, Any, Any], limit: int) -> bytes:
    """The whole body.

    Raises:
        TooLarge: more than `limit` bytes.
        Malformed: the client went away in the middle.
    """
    receive = request.receive
    message: Any = await receive()
    if message["type"] == "http.request":
        whole: bytes = message.get("body", b"")
        told = request.headers.get("content-length", "")
        # A body that is there already needs no second turn of the loop to say that it has ended.
        if (not message.get("more_body") or told == str(len(whole))) and len(whole) <= limit:
            return whole
    return await _rest(receive, message, limit)


async def _rest(receive: Any, message: Any, limit: int) -> bytes:
    """The body when it comes in parts, of which `message` is the first."""
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] != "http.request":
            raise Malformed("the body broke off", where="body", remedy="send it again")
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        if not message.get("more_body") or size > limit + READ_ON:
            break
        message = await receive()
    if size > limit:
        raise _too_large(limit)
    return b"".join(parts)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body has more than {limit:,} bytes", where="body", remedy="send fewer records in each call")
