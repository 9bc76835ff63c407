"""A request and its answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from lingxi.domain.event import Id, Words
from lingxi.domain.merchandising import Unmet


class Query(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One request for a slate: what to show (`n` picks) to whom, next to which `items`, within which bounds.

    `items` is the context: the product looked at, or what is in the cart where the shop keeps the cart itself.
    `channel` and `region` say where the shopper is: merchant rules may ask for them.
    `explain` keeps the full record of this slate. `after` is a `seq`: the slate shall know that change.
    """

    surface: Id = "home"
    user: Id | None = None
    session: Id | None = None
    items: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    text: Words | None = None
    n: Annotated[int, Meta(ge=1, le=100)] = 20
    category: Words | None = None
    price_min: Annotated[float, Meta(ge=0)] | None = None
    price_max: Annotated[float, Meta(ge=0)] | None = None
    exclude: Annotated[tuple[Id, ...], Meta(max_length=1000)] = ()
    channel: Id | None = None
    region: Id | None = None
    explain: bool = False
    after: Annotated[int, Meta(ge=0)] | None = None


class Reason(Struct, frozen=True, omit_defaults=True, gc=False):
    """Why an item was picked: a code (its source), the items that are its evidence, and a sentence in two languages."""

    code: str
    items: tuple[str, ...] = ()
    en: str = ""
    zh: str = ""


class Pick(Struct, frozen=True, omit_defaults=True, gc=False):
    """One place of a slate; `label` ("sponsored") is what a merchant rule has it called.

    `propensity` is the probability with which this item came to stand here, given what stands above it, where the
    place was one that could explore; else it is left out, and the item was certain.
    """

    item: str
    score: float
    source: str
    reason: Reason
    label: str = ""
    propensity: float | None = None


class Slate(Struct, frozen=True, gc=False, omit_defaults=True):
    """The answer: ordered picks under one `request` id; `model` is None before there is one.

    `seq` is the log position that the state had reached: whoever was told a smaller or equal `seq` is known here.
    `cheaper` says what was left out because too many asked at once: `acts`, `rerank`, `rank`, or which answer stands in
    its place, `cached` or `popular`; it is absent from a whole one. `unmet` names what merchant rules asked for and it
    could not keep. `shoppers` in `cheaper`: what other processes share of shoppers could not be read, so that an act
    of the last moments may be missing. `short` says why there are fewer picks than were asked for; it is left out
    where there are as many.
    """

    request: str
    surface: str
    model: str | None
    seq: int
    picks: tuple[Pick, ...]
    cheaper: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    short: str = ""
