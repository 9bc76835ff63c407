"""Why a slate was what it was."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from lingxi.api.doc import Doc, encode, opt
from lingxi.api.door import engine_of
from lingxi.app import Explanation


@get(
    "/v1/slates/{request_id:str}",
    opt=opt(
        Doc(
            summary="Explain a slate",
            scopes=("recommend",),
            text=(
                "What each source proposed, what each filter removed, what the scorer gave, and which of the shopper's "
                "own acts weighed most. The accounts of the newest slates are kept, and of those asked with `explain`."
            ),
            tag="Slates",
            path={"request_id": "the `request` of the slate"},
            answer=Explanation,
            errors=(404,),
        )
    ),
)
async def explain(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Explains one slate."""
    engine = await engine_of(request)
    found = await engine.explain(request.path_params["request_id"])
    return Response(encode(found), media_type="application/json")
