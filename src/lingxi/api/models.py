"""Models: which there are, which is live, and how that changes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from msgspec import Struct

from lingxi.api import body
from lingxi.api.doc import Doc, encode, opt
from lingxi.api.door import engine_of
from lingxi.domain.bundle import Manifest
from lingxi.domain.errors import Unknown
from lingxi.domain.event import Words

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:"
)
BYTES: Final = 1 << 16


class Models(Struct, frozen=True):
    """The models of the shop, oldest first; `live` serves. `fault` says why the released one does not, if so.

    `training` is what the training that runs, or ran last, says of itself.
    """

    live: str | None
    models: list[Manifest]
    training: dict[str, Any] | None
    fault: str | None = None


class Promotion(Struct, frozen=True, forbid_unknown_fields=True):
    """How to promote: `force` overrules the gate, and needs a `why`, which is kept on record."""

    force: bool = False
    why: Words = ""


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a model is taken back."""

    why: Words = ""


class Served(Struct, frozen=True):
    """Which model serves now."""

    live: str | None


@get(
    "/v1/models",
    opt=opt(
        Doc(
            summary="List models",
            text="With what the gate found, and how far a training is.",
            tag="Models",
            answer=Models,
            answered={"live": None, "models": [], "training": {"stage": "fit", "done": 0.4, "state": "running"}},
        )
    ),
)
async def list_models(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Lists models."""
    engine = await engine_of(request)
    manifests = await asyncio.to_thread(engine.parts.bundles.all)
    fault = engine.live.fault
    found = Models(engine.live.id, [slim(each) for each in manifests], engine.training(), str(fault) if fault else None)
    return Response(encode(found), media_type="application/json")


def slim(manifest: Manifest) -> Manifest:
    """The manifest without what only a loader needs."""
    return msgspec.structs.replace(manifest, files={}, statistics={}, components=())


@get(
    "/v1/models/{model:str}",
    opt=opt(Doc(summary="Show a model", tag="Models", path={"model": "its id"}, answer=Manifest, errors=(404,))),
)
async def show_model(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Shows one model's manifest."""
    engine = await engine_of(request)
    _, manifest = await asyncio.to_thread(engine.parts.bundles.open, request.path_params["model"])
    return Response(encode(manifest), media_type="application/json")


@get(
    "/v1/models/{model:str}/report",
    opt=opt(
        Doc(
            summary="Show a model's report",
            tag="Models",
            path={"model": "its id"},
            media_type="text/html",
            errors=(404,),
        )
    ),
)
async def report(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Shows the report of one model's training."""
    engine = await engine_of(request)
    folder, manifest = await asyncio.to_thread(engine.parts.bundles.open, request.path_params["model"])
    file = folder / "report.html"
    if not file.is_file():
        raise Unknown(
            f"model '{manifest.id}' has no report",
            where="model",
            remedy="`lingxi models show` prints what it says of itself",
        )
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY}
    return Response(await asyncio.to_thread(file.read_bytes), headers=headers)


@post(
    "/v1/models/{model:str}/promote",
    status_code=200,
    opt=opt(
        Doc(
            summary="Promote a model",
            text="Checks the recorded judgement, then swaps; drops no request. 409 with figures if the gate refuses.",
            tag="Models",
            path={"model": "its id"},
            body=Promotion,
            example={"force": False, "why": ""},
            answer=Served,
            answered={"live": "sequence-20261124-1200"},
            errors=(404, 409, 422, 503),
        )
    ),
)
async def promote(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Promotes one model."""
    engine = await engine_of(request)
    asked = await body.one(request, Promotion, BYTES)
    live = await engine.promote(request.path_params["model"], force=asked.force, why=asked.why, by="api")
    return Response(encode(Served(live)), media_type="application/json")


@post(
    "/v1/models/rollback",
    status_code=200,
    opt=opt(
        Doc(
            summary="Go back to the model before",
            tag="Models",
            body=Reason,
            example={"why": "fewer clicks since noon"},
            answer=Served,
            answered={"live": None},
            errors=(409, 422, 503),
        )
    ),
)
async def rollback(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Goes back to the model that was live before."""
    engine = await engine_of(request)
    asked = await body.one(request, Reason, BYTES)
    return Response(encode(Served(await engine.roll_back(why=asked.why, by="api"))), media_type="application/json")
