"""Categories: how the catalog is ordered."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from msgspec import Struct

from lingxi.api.doc import Doc, encode, opt
from lingxi.api.door import engine_of
from lingxi.app.shelf import Category


class Categories(Struct, frozen=True):
    """The categories of items that are posted and visible."""

    categories: list[Category]


@get(
    "/v1/categories",
    opt=opt(
        Doc(
            summary="List categories",
            scopes=("ingest", "recommend"),
            tag="Items",
            answer=Categories,
            answered={"categories": [{"category": "Dairy > Milk", "items": 123}]},
        )
    ),
)
async def list_categories(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Lists categories."""
    engine = await engine_of(request)
    return Response(encode(Categories(engine.shelf.categories())), media_type="application/json")
