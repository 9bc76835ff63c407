"""What the documentation says of a route, beside the route itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from lingxi.ports.keys import Scope

KEY: Final = "doc"


class Doc(Struct, frozen=True, kw_only=True):
    """One operation: what it takes and answers, with examples.

    `query` is a Struct whose fields are the query parameters, `body` and `answer` the types of JSON, `ndjson` whether
    the body may be NDJSON too. `errors` are the statuses of problems beyond those that every route may answer.
    `open` needs no key; else one of `scopes` is enough, and `admin` always is.
    """

    summary: str
    text: str = ""
    tag: str
    path: Mapping[str, str] = {}
    query: type[Struct] | None = None
    body: Any = None
    ndjson: bool = False
    example: Any = None
    answer: Any = None
    answered: Any = None
    media_type: str = "application/json"
    errors: tuple[int, ...] = ()
    open: bool = False
    scopes: tuple[Scope, ...] = ("admin",)


class Problem(Struct, frozen=True, omit_defaults=True):
    """An error (RFC 9457): `detail` says what went wrong, `where` in what, and `remedy` what puts it right."""

    type: str
    title: str
    status: int
    detail: str
    where: str = ""
    remedy: str = ""


def opt(doc: Doc) -> dict[str, Any]:
    """The handler's `opt` that carries the documentation."""
    return {KEY: doc}


def plain(path: str) -> str:
    """`/v1/items/{item:path}` as OpenAPI writes it."""
    return re.sub(r"{(\w+):\w+}", r"{\1}", path)


def encode(value: object) -> bytes:
    """JSON."""
    return _encode(value)


_encode = msgspec.json.Encoder().encode
