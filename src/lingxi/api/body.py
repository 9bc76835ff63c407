"""A request's body, read up to the limit, and decoded."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request
from msgspec import Struct

from lingxi.domain.errors import Malformed, TooLarge
from lingxi.ingest.misfit import misfit

READ_ON: Final = 1 << 26
"""How much of a body that is too large is read and thrown away, so that the connection lives on."""


Asked = TypeVar("Asked", bound=Struct)


async def one(request: Request[Any, Any, Any], of: type[Asked], limit: int) -> Asked:
    """The one object that the body is; no body is an object without fields.

    Raises:
        TooLarge: more than `limit` bytes.
        Malformed: it is not JSON.
        Invalid: a field that does not exist (the nearest are named) or of another type.
    """
    whole = await read(request, limit)
    try:
        return _decoder(of).decode(whole) if whole.strip() else of()
    except msgspec.ValidationError as error:
        raise misfit(error, of, place="body") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"the body is not JSON: {error}", where="body", remedy="send one JSON object") from None


@cache
def _decoder(of: type[Asked]) -> msgspec.json.Decoder[Asked]:
    return msgspec.json.Decoder(of)


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
