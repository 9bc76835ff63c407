"""The shop itself."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from msgspec import Struct

from lingxi.api.doc import Doc, encode, opt
from lingxi.api.door import engine_of


class Facts(Struct, frozen=True):
    """The shop that the key opens; `data` says what was imported into it, if anything."""

    shop: str
    timezone: str
    currency: str
    seq: int
    items: int
    data: dict[str, Any] | None


@get(
    "/v1/shop",
    opt=opt(
        Doc(
            summary="Show the shop",
            scopes=("ingest", "recommend"),
            tag="Shop",
            answer=Facts,
            answered={
                "shop": "default",
                "timezone": "UTC",
                "currency": "USD",
                "seq": 1042,
                "items": 12,
                "data": {"dataset": "completejourney", "simulated": True, "shift_days": 3290},
            },
        )
    ),
)
async def show_shop(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Shows the shop."""
    engine = await engine_of(request)
    shop, state = engine.settings.shop, engine.state
    facts = Facts(
        engine.parts.shop, shop.timezone, shop.currency, state.cursor, len(state.items.ids), engine.imported()
    )
    return Response(encode(facts), media_type="application/json")
