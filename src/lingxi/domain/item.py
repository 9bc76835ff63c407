"""What can be recommended."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from lingxi.domain.event import Id, Scalar

ItemKind = Literal["product", "shop", "campaign", "content", "person"]
Title = Annotated[str, Meta(max_length=512)]
Money = Annotated[float, Meta(ge=0, le=1e12)]
Stock = Annotated[float, Meta(ge=0, le=1e12)]
Attributes = Annotated[dict[Id, Scalar], Meta(max_length=64)]


class Item(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of an item, whole. `stock` is unlimited when absent; `title_zh` is the Chinese title.

    `category` is a path from the general to the special, joined by " > ".
    """

    id: Id
    kind: ItemKind = "product"
    title: Title = ""
    title_zh: Title = ""
    category: Title = ""
    brand: Title = ""
    seller: Title = ""
    price: Money | None = None
    list_price: Money | None = None
    stock: Stock | None = None
    visible: bool = True
    attributes: Attributes | None = None


class ItemDelta(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What changes in an item that exists: the fields given, and nothing else."""

    id: Id
    title: Title | UnsetType = UNSET
    title_zh: Title | UnsetType = UNSET
    category: Title | UnsetType = UNSET
    brand: Title | UnsetType = UNSET
    seller: Title | UnsetType = UNSET
    price: Money | UnsetType | None = UNSET
    list_price: Money | UnsetType | None = UNSET
    stock: Stock | UnsetType | None = UNSET
    visible: bool | UnsetType = UNSET
    attributes: Attributes | UnsetType | None = UNSET


def cost_of(item: Item) -> float:
    """What the item costs the shop, by its attribute `cost`; NaN where none is told, or it is no number."""
    told = (item.attributes or {}).get("cost")
    known = isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told < math.inf
    return float(told) if known else math.nan  # type: ignore[arg-type]
