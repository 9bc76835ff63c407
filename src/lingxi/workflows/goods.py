"""The catalog as training reads it: what features read of an item live, they read of it in a replay."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import Goods
from lingxi.domain.item import Item, cost_of
from lingxi.ports.catalog import Catalog
from lingxi.train.texts import text_of


def goods_of(catalog: Catalog) -> Goods:
    """The catalog as arrays; a stub has nothing but its id, and is not listed."""
    return _Gathering(catalog.item_ids()).of(catalog)


def texts_of(catalog: Catalog, size: int) -> list[str]:
    """What each of the first `size` items says of itself; "" of a stub."""
    texts = [""] * size
    for number, item in catalog.all_items():
        if number < size:
            texts[number] = text_of(item)
    return texts


class _Gathering:
    """Columns in the making, one value for each item number."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        self.titles = [""] * len(ids)
        self.names: dict[str, dict[str, int]] = {"category": {}, "brand": {}, "seller": {}}
        self.numbers = {name: np.full(len(ids), -1, np.int32) for name in self.names}
        self.price, self.list_price, self.cost = (np.full(len(ids), np.nan, np.float32) for _ in range(3))
        self.stock = np.zeros(len(ids), np.float32)
        self.listed = np.zeros(len(ids), np.bool_)

    def of(self, catalog: Catalog) -> Goods:
        """The whole."""
        for number, item in catalog.all_items():
            self._take(number, item)
        return Goods(
            ids=self.ids,
            price=self.price,
            listed=self.listed,
            list_price=self.list_price,
            cost=self.cost,
            stock=self.stock,
            since=_since(catalog.first_posted(), len(self.ids)),
            titles=self.titles,
            categories=list(self.names["category"]),
            brands=list(self.names["brand"]),
            sellers=list(self.names["seller"]),
            category=self.numbers["category"],
            brand=self.numbers["brand"],
            seller=self.numbers["seller"],
        )

    def _take(self, number: int, item: Item) -> None:
        for name, known in self.names.items():
            if said := getattr(item, name):
                self.numbers[name][number] = known.setdefault(said, len(known))
        self.price[number] = np.nan if item.price is None else item.price
        self.list_price[number] = np.nan if item.list_price is None else item.list_price
        self.cost[number] = cost_of(item)
        self.stock[number] = np.inf if item.stock is None else item.stock
        self.listed[number] = item.visible and bool(self.stock[number] > 0)
        self.titles[number] = f"{item.title}\n{item.title_zh}"


def _since(posted: dict[int, int], size: int) -> npt.NDArray[np.int64]:
    since = np.zeros(size, np.int64)
    since[list(posted)] = list(posted.values())
    return since
