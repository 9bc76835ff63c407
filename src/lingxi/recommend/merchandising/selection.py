"""Which items a merchant rule is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lingxi.domain.item import Item
from lingxi.domain.merchandising import Selection
from lingxi.recommend.parts import Bools, Ints

if TYPE_CHECKING:
    from lingxi.state.state import State

UNDER = " > "


def everything(state: State) -> Ints:
    """The numbers of all items, int32."""
    return np.arange(len(state.items.ids), dtype=np.int32)


def selected(state: State, wanted: Selection, rows: Ints) -> Ints:
    """Those of the items `rows`, in rising order, that are posted and meet every condition, int32."""
    items = state.items
    left: Ints = rows
    if wanted.ids:
        known = {items.number[each] for each in wanted.ids if each in items.number}
        left = np.intersect1d(np.array(sorted(known), dtype=np.int32), rows, assume_unique=True).astype(np.int32)
    left = left[items.column("posted")[left]]
    if wanted.categories:
        left = left[below(items.categories, wanted.categories)[items.column("category")[left]]]
    if wanted.brands:
        left = left[_among(items.brand_number, wanted.brands)[items.column("brand")[left]]]
    if wanted.sellers:
        left = left[_among(items.seller_number, wanted.sellers)[items.column("seller")[left]]]
    if wanted.price_min is not None:
        left = left[items.column("price")[left] >= np.float32(wanted.price_min)]
    if wanted.price_max is not None:
        left = left[items.column("price")[left] <= np.float32(wanted.price_max)]
    if wanted.kinds or wanted.attributes:
        left = left[np.array([_is(items.records.get(no), wanted) for no in left.tolist()], dtype=np.bool_)]
    return left


def _among(numbers: Mapping[str, int], wanted: Sequence[str]) -> Bools:
    """By number, whether it is one of `wanted`; the last entry stands for items without one."""
    among = np.zeros(len(numbers) + 1, dtype=np.bool_)
    among[[numbers[each] for each in wanted if each in numbers]] = True
    return among


def below(categories: Sequence[str], wanted: Sequence[str]) -> Bools:
    """By category number, whether it is one of `wanted` or below one; the last entry stands for items without one."""
    tops = tuple(each + UNDER for each in wanted)
    same = frozenset(wanted)
    return np.array([*(name in same or name.startswith(tops) for name in categories), False], dtype=np.bool_)


def _is(item: Item | None, wanted: Selection) -> bool:
    if item is None or (wanted.kinds and item.kind not in wanted.kinds):
        return False
    own: dict[str, Any] = item.attributes or {}
    return all(name in own and _same(own[name], value) for name, value in wanted.attributes.items())


def _same(one: object, other: object) -> bool:
    """Whether two values are equal; true is no 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
