"""The documentation page: the OpenAPI document, made readable without a script from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from litestar import Request, Response, get

from lingxi.api.doc import encode
from lingxi.api.openapi import document

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


@get("/docs/openapi.json")
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI document."""
    return Response(encode(document(request.app.routes)), media_type="application/json")


@get("/docs")
async def page() -> Response[bytes]:
    """The page."""
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY}
    return Response(_page(), headers=headers)


@cache
def _page() -> bytes:
    return resources.files("lingxi.api").joinpath("docs.html").read_bytes()
