"""The id of a request: sent along in `x-request-id`, or made here; in its answer, and in every line logged for it."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

from lingxi.ingest.identity import new_id

HEADER: Final = b"x-request-id"
LONGEST: Final = 128
current: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this task answers."""


def named(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id that was sent, if it can stand in a header and a log: printable ASCII, not too long; else a new one."""
    for name, value in headers:
        if name == HEADER:
            if 0 < len(value) <= LONGEST and all(33 <= byte < 127 for byte in value):
                return value.decode("ascii")
            break
    return new_id()
