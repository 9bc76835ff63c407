"""Whether the server lives, and whether it can serve."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get
from msgspec import Struct

from lingxi.api.doc import Doc, encode, opt
from lingxi.api.measure import READY
from lingxi.app import Engine, Home


class Alive(Struct, frozen=True):
    """The process answers."""

    live: bool = True


class Shop(Struct, frozen=True, omit_defaults=True):
    """One shop's readiness; `why` it is not ready, and the remedy."""

    ready: bool
    seq: int
    model: str | None
    why: str = ""
    remedy: str = ""


class Ready(Struct, frozen=True, omit_defaults=True):
    """Whether every shop of this server can be served and stored."""

    ready: bool
    shops: dict[str, Shop]
    why: str = ""


@get("/health/live", opt=opt(Doc(summary="Is the process alive?", tag="Health", answer=Alive, open=True)))
async def live() -> Response[bytes]:
    """Answers as long as the process can."""
    return Response(encode(Alive()), media_type="application/json")


@get(
    "/health/ready",
    opt=opt(
        Doc(
            summary="Can it serve and store?",
            text="503 while the state is folded, while the disk is full, read-only or locked, and while shutting down; "
            "of several processes, until all have been ready.",
            tag="Health",
            answer=Ready,
            answered={"ready": True, "shops": {"default": {"ready": True, "seq": 1042, "model": None}}},
            open=True,
            errors=(503,),
        )
    ),
)
async def ready(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Looks whether each shop can be served and stored now."""
    home: Home = request.app.state["home"]
    engines = dict(home.engines)
    shops = dict(zip(engines, await asyncio.gather(*map(_shop, engines.values())), strict=True))
    for name, shop in shops.items():
        READY.labels(name).set(shop.ready)
    whole = home.started and not home.draining and not home.others and all(shop.ready for shop in shops.values())
    why = "the server is shutting down" if home.draining else str(home.fault or "") or home.others
    return Response(encode(Ready(whole, shops, why)), status_code=200 if whole else 503, media_type="application/json")


async def _shop(engine: Engine) -> Shop:
    health = await engine.health()
    return Shop(health.ready, engine.state.cursor, engine.live.id, health.why, health.remedy)
