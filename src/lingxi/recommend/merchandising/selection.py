"""Which items a merchant rule is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lingxi.domain.item import Item
from lingxi.domain.merchandising import Selection
from lingxi.recommend.parts import Bools, Ints

if TYPE_CHECKING:
    from lingxi.state.state import State

UNDER = " > "


def selected(state: State, wanted: Selection, rows: Ints) -> Bools:
    """Which of the items `rows` are posted and meet every condition, bool[len(rows)]."""
    items = state.items
    kept: Bools = items.column("posted")[rows].copy()
    if wanted.ids:
        known = [items.number[each] for each in wanted.ids if each in items.number]
        kept &= np.isin(rows, np.array(known, dtype=np.int32))
    if wanted.categories:
        kept &= below(items.categories, wanted.categories)[items.column("category")[rows]]
    for names, column, numbers in (
        (wanted.brands, "brand", items.brand_number),
        (wanted.sellers, "seller", items.seller_number),
    ):
        if names:
            kept &= np.isin(items.column(column)[rows], [numbers[each] for each in names if each in numbers])
    if wanted.price_min is not None:
        kept &= items.column("price")[rows] >= np.float32(wanted.price_min)
    if wanted.price_max is not None:
        kept &= items.column("price")[rows] <= np.float32(wanted.price_max)
    if wanted.kinds or wanted.attributes:
        left = np.flatnonzero(kept)
        kept[left] = [_is(items.records.get(no), wanted) for no in rows[left].tolist()]
    return kept


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
