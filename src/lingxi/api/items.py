"""Items: what can be recommended."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, patch, post
from msgspec import Meta, Struct

from lingxi.api import query
from lingxi.api.answer import Answer
from lingxi.api.doc import Doc, encode, opt
from lingxi.api.door import engine_of
from lingxi.api.records import take
from lingxi.app import Engine
from lingxi.domain.change import Receipt
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.item import Item, ItemDelta

MOST: Final = 100


class Receipts(Struct, frozen=True):
    """A receipt for each item, in the order in which they were sent."""

    items: list[Receipt]


class Items(Struct, frozen=True):
    """Items; `total` is how many there are in all."""

    items: list[Item]
    total: int


class Which(Struct, frozen=True, forbid_unknown_fields=True):
    """Which items are asked for."""

    ids: Annotated[str, Meta(description="these items, up to 100 ids joined by commas, in this order")] = ""
    category: Annotated[str, Meta(description="of this category and those below it")] = ""
    limit: Annotated[int, Meta(ge=1, le=200, description="at most so many")] = 50
    offset: Annotated[int, Meta(ge=0, le=10_000_000, description="how many to pass over")] = 0


ONE = {"id": "sku-1", "title": "Whole milk, 1 l", "title_zh": "全脂牛奶 1升", "category": "Dairy > Milk", "price": 1.2}
RECEIVED = {"items": [{"status": "accepted", "id": "sku-1", "seq": 17}]}


@post(
    "/v1/items",
    status_code=200,
    opt=opt(
        Doc(
            summary="Post items, whole",
            scopes=("ingest",),
            text="One item, an array, or NDJSON; at most 1,000. The next slate knows them; no training is needed.",
            tag="Items",
            body=Item | list[Item],
            ndjson=True,
            example=[{**ONE, "stock": 40}],
            answer=Receipts,
            answered=RECEIVED,
            errors=(400, 413, 503),
        )
    ),
)
async def send_items(request: Request[Any, Any, Any]) -> Answer:
    """Stores whole items."""
    return await take(request, "items", Engine.send_items)


@patch(
    "/v1/items",
    status_code=200,
    opt=opt(
        Doc(
            summary="Change items",
            scopes=("ingest",),
            text="The fields that are given change, nothing else: a price, a stock, `visible`. `null` takes one away.",
            tag="Items",
            body=ItemDelta | list[ItemDelta],
            ndjson=True,
            example=[{"id": "sku-1", "stock": 0}],
            answer=Receipts,
            answered=RECEIVED,
            errors=(400, 413, 503),
        )
    ),
)
async def change_items(request: Request[Any, Any, Any]) -> Answer:
    """Stores changes to items."""
    return await take(request, "items", Engine.change_items)


@get(
    "/v1/items",
    opt=opt(
        Doc(
            summary="List items",
            scopes=("ingest", "recommend"),
            text="By ids, or by category, what sells most first. Hidden items are listed by id only.",
            tag="Items",
            query=Which,
            answer=Items,
            answered={"items": [ONE], "total": 1},
            errors=(422,),
        )
    ),
)
async def list_items(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Lists items."""
    engine = await engine_of(request)
    which = query.read(request, Which)
    if which.ids:
        ids = which.ids.split(",")
        if len(ids) > MOST:
            raise Invalid(f"{len(ids)} ids; the limit is {MOST}", where="ids", remedy="ask for fewer in each call")
        found = engine.shelf.named(ids)
        return _json(Items(found, len(found)))
    return _json(Items(*engine.shelf.listed(which.category, which.limit, which.offset)))


@get(
    "/v1/items/{item:path}",
    opt=opt(
        Doc(
            summary="Show an item",
            scopes=("ingest", "recommend"),
            tag="Items",
            path={"item": "its id"},
            answer=Item,
            answered=ONE,
            errors=(404,),
        )
    ),
)
async def show_item(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Shows one item."""
    engine = await engine_of(request)
    identity = str(request.path_params["item"]).removeprefix("/")
    found = engine.shelf.named([identity])
    if not found:
        raise Unknown(f"item '{identity[:80]}' is in no catalog", where="item", remedy="send it in POST /v1/items")
    return _json(found[0])


def _json(value: msgspec.Struct) -> Response[bytes]:
    return Response(encode(value), media_type="application/json")
