"""The short way to a slate: what shops ask for thousands of times a second does not pass through the framework.

`GET /v1/recommend/{surface}` is let in by the same door, read by the same parser, answered by the same code and its
errors told in the same words as on the long way, which takes everything else.
"""

from __future__ import annotations

from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Send

from lingxi.api import problems
from lingxi.api.answer import Answer
from lingxi.api.doc import KEY, Doc
from lingxi.api.door import Door
from lingxi.api.measure import SLATES
from lingxi.api.recommend import recommend, slate_for

PREFIX: Final = "/v1/recommend/"
TEMPLATE: Final = "/v1/recommend/{surface}"
"""What metrics name the route by."""


class ShortWay:
    """An ASGI application before another."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door
        self._doc: Doc = recommend.opt[KEY]

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answers a request for a slate of a surface that there is; passes on what is not one."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        surface = scope["path"][len(PREFIX) :]
        if surface not in SLATES:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = TEMPLATE
        try:
            answer = await self._slate(scope, surface)
        except Exception as error:  # noqa: BLE001 (the last one to whom an error can be told)
            answer = problems.bare("GET", scope["path"], error)
        await answer(scope, receive, send)

    async def _slate(self, scope: Any, surface: str) -> Answer:
        # Of a header that is there twice the first counts.
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        engine = await self._door.engine(headers, self._doc)
        return await slate_for(engine, surface, scope["query_string"])
