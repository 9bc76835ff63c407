"""Slates: what to show."""

from __future__ import annotations

import time
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get, post
from msgspec import Meta, Struct

from lingxi.api import body, query
from lingxi.api.answer import Answer
from lingxi.api.doc import Doc, opt
from lingxi.api.door import engine_of
from lingxi.api.measure import SLATES
from lingxi.app import Engine
from lingxi.domain.event import Id, Words
from lingxi.domain.slate import Query, Slate

MANY: Final = {"item": "items", "exclude": "exclude"}


class Asked(Struct, frozen=True, omit_defaults=True):
    """The parameters of `GET`; the fields of a `POST` body are the same, but `items` for `item`."""

    user: Annotated[Id | None, Meta(description="the shopper; without one, a guest")] = None
    session: Annotated[Id | None, Meta(description="the visit; joined with the user's history")] = None
    item: Annotated[list[Id], Meta(description="the item looked at, or those in the cart; may be repeated")] = []
    n: Annotated[int, Meta(ge=1, le=100, description="how many picks")] = 20
    category: Annotated[Words | None, Meta(description="only of this category and those below it")] = None
    price_min: Annotated[float | None, Meta(description="only at this price or more")] = None
    price_max: Annotated[float | None, Meta(description="only at this price or less")] = None
    exclude: Annotated[list[Id], Meta(description="not these; may be repeated")] = []
    channel: Annotated[Id | None, Meta(description="where the shopper is, for merchant rules: app, web …")] = None
    region: Annotated[Id | None, Meta(description="where the shopper lives, for merchant rules")] = None
    explain: Annotated[bool, Meta(description="keep the full account of this slate")] = False


TEXT = (
    "Surfaces: `home`, `similar` and `bought_together` (next to an `item`), `cart` (add-ons), `buy_again`, `trending`. "
    "`model` is null before there is one. `seq` is the change up to which the answer knows everything: an event whose "
    "receipt had this `seq` or a smaller one has been counted in. Send impressions and clicks back with `request`. "
    "A pick that a merchant rule has labelled has a `label`; `unmet` names the quotas that could not be kept. "
    "A pick has a `propensity` where its place could explore: the chance with which this item came to stand there."
)
ANSWERED = {
    "request": "0199a1b2-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
    "surface": "home",
    "model": "sequence-20261124-1200",
    "seq": 1042,
    "picks": [
        {
            "item": "sku-1",
            "score": 2.31,
            "source": "sequence",
            "reason": {
                "code": "sequence",
                "items": ["sku-7", "sku-9"],
                "en": "Because you bought Oat milk and looked at Muesli",
                "zh": "因为您买过“燕麦奶”，看过“麦片”",
            },
        }
    ],
}
PATH = {"surface": "the place in the shop: home, similar, bought_together, cart, buy_again, trending"}


@get(
    "/v1/recommend/{surface:str}",
    opt=opt(
        Doc(
            summary="Recommend",
            scopes=("recommend",),
            text=TEXT,
            tag="Slates",
            path=PATH,
            query=Asked,
            answer=Slate,
            answered=ANSWERED,
            errors=(404, 422),
        )
    ),
)
async def recommend(request: Request[Any, Any, Any]) -> Answer:
    """Answers with a slate."""
    engine = await engine_of(request)
    return await slate_for(engine, request.path_params["surface"], request.scope["query_string"])


@post(
    "/v1/recommend/{surface:str}",
    status_code=200,
    opt=opt(
        Doc(
            summary="Recommend, asked in a body",
            scopes=("recommend",),
            text="For long lists of `items` (a cart) or `exclude`. " + TEXT,
            tag="Slates",
            path=PATH,
            body=Query,
            example={"user": "u1", "items": ["sku-1", "sku-7"], "n": 10, "price_max": 20},
            answer=Slate,
            answered=ANSWERED,
            errors=(400, 404, 413, 422),
        )
    ),
)
async def recommend_for(request: Request[Any, Any, Any]) -> Answer:
    """Answers with a slate for a request in a body."""
    engine = await engine_of(request)
    engine.admit()
    asked = await body.one(request, Query, engine.settings.server.body_bytes)
    return await _slate(engine, request.path_params["surface"], asked)


async def slate_for(engine: Engine, surface: str, text: bytes) -> Answer:
    """The slate of a surface for a query string. Under too much load the request is refused before that is read."""
    engine.admit()
    return await _slate(engine, surface, query.parse(text, Query, MANY) if text else Query())


async def _slate(engine: Engine, surface: str, asked: Query) -> Answer:
    if asked.surface != surface:
        asked = msgspec.structs.replace(asked, surface=surface)
    started = time.perf_counter()
    row = await engine.answer(asked)
    spent = time.perf_counter() - started
    SLATES[surface].inc()
    return Answer(row.body, {"server-timing": f"slate;dur={spent * 1e3:.2f}"})
