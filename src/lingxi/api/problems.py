"""Every error as application/problem+json: what, where, and the remedy."""

from __future__ import annotations

import difflib
import logging
import re
from http import HTTPStatus
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException

from lingxi.api.answer import Answer
from lingxi.api.doc import Problem, encode, plain
from lingxi.domain.errors import LingxiError, Unauthorized, Unavailable

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = "1"
UNEXPECTED: Final = ("something went wrong inside", "server", "try again; the server's log says more")

_logger = logging.getLogger(__name__)


def of(error: LingxiError) -> Response[bytes]:
    """Our own error as an answer."""
    body, headers = _told(error)
    return Response(body, status_code=error.status, media_type=MEDIA_TYPE, headers=headers)


def _told(error: LingxiError) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of an answer that tells our own error."""
    headers: dict[str, str] = {}
    if isinstance(error, Unavailable):
        headers["retry-after"] = RETRY_SECONDS
    if isinstance(error, Unauthorized):
        headers["www-authenticate"] = "Bearer"
    return _body(error.status, error.code, error.what, error.where, error.remedy), headers


def lingxi(request: Request[Any, Any, Any], error: LingxiError) -> Response[bytes]:
    """Handles our own errors."""
    _log(request.method, request.url.path, error)
    return of(error)


def bare(method: str, path: str, error: Exception) -> Answer:
    """The same answer, and the same lines in the log, where no framework stands between."""
    if not isinstance(error, LingxiError):
        _logger.error("%s %s failed", method, path, exc_info=error)
        error = LingxiError(UNEXPECTED[0], where=UNEXPECTED[1], remedy=UNEXPECTED[2])
    else:
        _log(method, path, error)
    body, headers = _told(error)
    return Answer(body, headers, error.status, MEDIA_TYPE)


def _log(method: str, path: str, error: LingxiError) -> None:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
        _logger.error("%s %s: %s", method, path, error)


def http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Handles what the framework refuses: no such path, no such method."""
    path = request.scope["path"]
    if error.status_code == HTTPStatus.NOT_FOUND:
        paths = _paths(request.app)
        near = difflib.get_close_matches(path, paths, n=3, cutoff=0.5)
        remedy = f"did you mean {', '.join(near)}? All are listed in /docs" if near else "all paths are listed in /docs"
        return _answer(404, "unknown", f"there is nothing at {path[:200]}", "path", remedy)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "") or _methods(request.app, path)
        said = f"{request.method} is not possible at {path[:200]}"
        remedy = f"use {allowed}" if allowed else "/docs lists what each path takes"
        return _answer(405, "method", said, "method", remedy, {"allow": allowed} if allowed else {})
    return _answer(error.status_code, "http", error.detail, "request", "see /docs")


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Handles what nobody foresaw; the details go to the server's log, not to the caller."""
    _logger.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return _answer(500, "internal", *UNEXPECTED)


def _answer(
    status: int, code: str, what: str, where: str, remedy: str, headers: dict[str, str] | None = None
) -> Response[bytes]:
    body = _body(status, code, what, where, remedy)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _body(status: int, code: str, what: str, where: str, remedy: str) -> bytes:
    return encode(Problem(f"/docs#{code}", HTTPStatus(status).phrase, status, what, where, remedy))


def _paths(app: Litestar) -> list[str]:
    return sorted({plain(route.path) for route in app.routes})


def _methods(app: Litestar, path: str) -> str:
    """What the route that takes `path` answers to; a path without parameters goes before one with them."""
    asked = path.rstrip("/") or "/"
    for route in sorted(app.routes, key=lambda each: "{" in each.path):
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(plain(route.path)))
        if re.fullmatch(pattern, asked):
            return ", ".join(sorted(getattr(route, "methods", ())))
    return ""
