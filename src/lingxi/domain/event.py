"""What shoppers do."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1, max_length=128)]
"""An identifier that a shop gives: 1 to 128 characters."""

Words = Annotated[str, Meta(max_length=512)]
Scalar = Annotated[str, Meta(max_length=256)] | int | float | bool | None
Micros = Annotated[int, Meta(ge=0, le=253_402_300_799_999_999)]
"""Microseconds since 1970 in UTC, up to the end of year 9999."""

Kind = Literal[
    "view",
    "search",
    "click",
    "add_to_cart",
    "remove_from_cart",
    "purchase",
    "refund",
    "rate",
    "review",
    "like",
    "dismiss",
    "follow",
    "share",
    "redeem",
    "impression",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KIND_CODE: Final[dict[str, int]] = {kind: code for code, kind in enumerate(KINDS)}
"""The number of each kind in arrays, tables and bundles. Kinds are only ever appended."""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing a shopper did. Immutable.

    `at` is in µs UTC; an event without it happened when it was received. `price` is what was paid per unit,
    `list_price` what the shelf said, both in `currency` (the shop's own when absent). `value` is a rating.
    `position` (0-based), `place` and `request` say where in which slate the item was shown.
    """

    kind: Kind
    id: Id | None = None
    user: Id | None = None
    session: Id | None = None
    item: Id | None = None
    at: Micros | None = None
    order: Id | None = None
    quantity: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    price: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    list_price: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    value: Annotated[float, Meta(ge=-1e9, le=1e9)] | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    query: Words | None = None
    text: Annotated[str, Meta(max_length=4096)] | None = None
    position: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    place: Id | None = None
    channel: Id | None = None
    request: Id | None = None
    context: Annotated[dict[Id, Scalar], Meta(max_length=32)] | None = None
