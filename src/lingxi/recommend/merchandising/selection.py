"""Which items a merchant rule is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lingxi.domain.item import Item
from lingxi.domain.merchandising import Selection
from lingxi.recommend.parts import Bools, Ints
from lingxi.state.categories import below

if TYPE_CHECKING:
    from lingxi.state.state import State


def everything(state: State) -> Ints:
    """The numbers of all items, int32."""
    return np.arange(len(state.items.ids), dtype=np.int32)


def selected(state: State, wanted: Selection, rows: Ints) -> Ints:
    """Those of the items `rows`, in rising order, that are posted and meet every condition, int32."""
    return Selector(wanted).of(state, rows)


class Selector:
    """A selection that is asked again and again: it reads the names of categories only when there are new ones."""

    def __init__(self, wanted: Selection) -> None:
        self._wanted = wanted
        self._below: Bools = np.empty(0, dtype=np.bool_)

    def of(self, state: State, rows: Ints) -> Ints:
        """Those of `rows`, as `selected` has them."""
        items, wanted = state.items, self._wanted
        left: Ints = rows
        if wanted.ids:
            left = _common({items.number[each] for each in wanted.ids if each in items.number}, rows)
        left = left[items.column("posted")[left]]
        if wanted.categories:
            if len(self._below) != len(items.categories) + 1:
                self._below = below(items.categories, wanted.categories)
            left = left[self._below[items.column("category")[left]]]
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


def _common(numbers: Collection[int], rows: Ints) -> Ints:
    """Those of a few numbers that are among many `rows` in rising order: these are searched, not sorted."""
    wanted = np.array(sorted(numbers), dtype=np.int32)
    place = np.searchsorted(rows, wanted)
    there = place < len(rows)
    there[there] = rows[place[there]] == wanted[there]
    return wanted[there]


def _among(numbers: Mapping[str, int], wanted: Sequence[str]) -> Bools:
    """By number, whether it is one of `wanted`; the last entry stands for items without one."""
    among = np.zeros(len(numbers) + 1, dtype=np.bool_)
    among[[numbers[each] for each in wanted if each in numbers]] = True
    return among


def _is(item: Item | None, wanted: Selection) -> bool:
    if item is None or (wanted.kinds and item.kind not in wanted.kinds):
        return False
    own: dict[str, Any] = item.attributes or {}
    return all(name in own and _same(own[name], value) for name, value in wanted.attributes.items())


def _same(one: object, other: object) -> bool:
    """Whether two values are equal; true is no 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
