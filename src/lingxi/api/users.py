"""Users: who shops."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from msgspec import Meta, Struct

from lingxi.api import query
from lingxi.api.answer import Answer
from lingxi.api.doc import Doc, encode, opt
from lingxi.api.door import engine_of
from lingxi.api.records import take
from lingxi.app import Engine
from lingxi.domain.change import Receipt
from lingxi.domain.errors import Unknown
from lingxi.domain.user import User, UserDelta
from lingxi.workflows.receipts import Forgotten
from lingxi.workflows.receipts import Receipts as Kept


class Receipts(Struct, frozen=True):
    """A receipt for each user, in the order in which they were sent."""

    users: list[Receipt]


class Users(Struct, frozen=True):
    """Users, in the order in which they were first named."""

    users: list[User]


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """Which users are asked for."""

    limit: Annotated[int, Meta(ge=1, le=200, description="at most so many")] = 50
    offset: Annotated[int, Meta(ge=0, le=10_000_000, description="how many to pass over")] = 0


ONE = {
    "id": "u1",
    "name": "Lin",
    "traits": {"household_size": {"value": 3}, "income": {"value": "50-74K", "sensitive": True}},
}
RECEIVED = {"users": [{"status": "accepted", "id": "u1", "seq": 18}]}


@post(
    "/v1/users",
    status_code=200,
    opt=opt(
        Doc(
            summary="Post users, whole",
            scopes=("ingest",),
            text="A shopper need not be posted: events name them. A sensitive trait is never used to recommend.",
            tag="Users",
            body=User | list[User],
            ndjson=True,
            example=[ONE],
            answer=Receipts,
            answered=RECEIVED,
            errors=(400, 413, 503),
        )
    ),
)
async def send_users(request: Request[Any, Any, Any]) -> Answer:
    """Stores whole users."""
    return await take(request, "users", Engine.send_users)


@patch(
    "/v1/users",
    status_code=200,
    opt=opt(
        Doc(
            summary="Change users",
            scopes=("ingest",),
            text="The fields that are given change; traits are replaced one by one.",
            tag="Users",
            body=UserDelta | list[UserDelta],
            ndjson=True,
            example=[{"id": "u1", "traits": {"household_size": {"value": 4}}}],
            answer=Receipts,
            answered=RECEIVED,
            errors=(400, 413, 503),
        )
    ),
)
async def change_users(request: Request[Any, Any, Any]) -> Answer:
    """Stores changes to users."""
    return await take(request, "users", Engine.change_users)


@get(
    "/v1/users",
    opt=opt(Doc(summary="List users", tag="Users", query=Page, answer=Users, answered={"users": [ONE]}, errors=(422,))),
)
async def list_users(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Lists users that were posted."""
    engine = await engine_of(request)
    page = query.read(request, Page)
    users = await asyncio.to_thread(engine.posted_users, page.limit, page.offset)
    return Response(encode(Users(users)), media_type="application/json")


@get(
    "/v1/users/{user:path}",
    opt=opt(
        Doc(summary="Show a user", tag="Users", path={"user": "their id"}, answer=User, answered=ONE, errors=(404,))
    ),
)
async def show_user(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Shows one user."""
    engine = await engine_of(request)
    identity = str(request.path_params["user"]).removeprefix("/")
    found = (await asyncio.to_thread(engine.parts.log.users, [identity])).get(identity)
    if found is None:
        raise Unknown(f"user '{identity[:80]}' was never posted", where="user", remedy="send it in POST /v1/users")
    return Response(encode(found), media_type="application/json")


class Whom(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the path names."""

    session: Annotated[bool, Meta(description="the id is a session's: forget a guest")] = False


GONE = {
    "receipt": "0199a1b2-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
    "asked": 1_764_000_000_000_000,
    "seq": 1043,
    "found": {"log": {"events": 212, "versions": 1, "ids": 212}, "catalog": {"users": 1, "shoppers": 3}},
    "complete": None,
    "verified": False,
    "left": [],
}


@delete(
    "/v1/users/{user:path}",
    status_code=200,
    opt=opt(
        Doc(
            summary="Forget a user",
            text=(
                "Erases the person everywhere: every event, the record, aliases, the sessions that were only theirs. "
                "They are unknown when this answers; `GET /v1/erasures/{receipt}` says when what they did no longer "
                "counts for the items, and slates, quarantine and files were gone through."
            ),
            tag="Users",
            path={"user": "their id"},
            query=Whom,
            answer=Forgotten,
            answered=GONE,
            errors=(422, 503),
        )
    ),
)
async def forget_user(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Forgets one person."""
    engine = await engine_of(request)
    kind = "s" if query.read(request, Whom).session else "u"
    identity = str(request.path_params["user"]).removeprefix("/")
    return Response(encode(await engine.forget(f"{kind}:{identity}")), media_type="application/json")


@get(
    "/v1/erasures/{receipt:str}",
    opt=opt(
        Doc(
            summary="Show what was forgotten",
            tag="Users",
            path={"receipt": "as `DELETE /v1/users/{id}` named it"},
            answer=Forgotten,
            answered=GONE | {"complete": 1_764_000_009_000_000, "verified": True},
            errors=(404,),
        )
    ),
)
async def show_erasure(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Shows one receipt."""
    engine = await engine_of(request)
    receipt = request.path_params["receipt"]
    found = await asyncio.to_thread(Kept(engine.parts.folder).show, receipt)
    return Response(encode(found), media_type="application/json")
