"""Events: what shoppers do."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from msgspec import Struct

from lingxi.api.answer import Answer
from lingxi.api.doc import Doc, opt
from lingxi.api.records import take
from lingxi.app import Engine
from lingxi.domain.change import Receipt
from lingxi.domain.event import Event


class Receipts(Struct, frozen=True):
    """A receipt for each event, in the order in which they were sent."""

    events: list[Receipt]


DOC = Doc(
    summary="Send events",
    scopes=("ingest",),
    text=(
        "One event, an array, or NDJSON; at most 1,000. The answer comes when all are on disk and the next slate "
        "knows them. Each gets its own receipt: `accepted`, `repaired` (a rule changed it), `marked` (a rule doubts "
        "it), `duplicate` (it was stored before), `conflict` (its id holds something else) or `quarantined` (with the "
        "reason). An event that has an `id`, or an `at`, can be sent again safely."
    ),
    tag="Events",
    body=Event | list[Event],
    ndjson=True,
    example=[
        {"user": "u1", "kind": "view", "item": "sku-1"},
        {
            "id": "o-77-1",
            "user": "u1",
            "kind": "purchase",
            "item": "sku-1",
            "quantity": 2,
            "price": 3.5,
            "order": "o-77",
        },
    ],
    answer=Receipts,
    answered={
        "events": [
            {"status": "accepted", "id": "0199a1b2-1c2d-7e3f-8a4b-5c6d7e8f9a0b", "seq": 1041},
            {"status": "accepted", "id": "o-77-1", "seq": 1042},
        ]
    },
    errors=(400, 413, 503),
)


@post("/v1/events", status_code=200, opt=opt(DOC))
async def send_events(request: Request[Any, Any, Any]) -> Answer:
    """Stores events."""
    return await take(request, "events", Engine.send_events)
