"""The catalog as the state sees it: arrays by item number, and the items themselves for their titles."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import Goods
from lingxi.domain.item import Item, cost_of
from lingxi.domain.words import BLOCKS, signature_of
from lingxi.features._feature import Column
from lingxi.state._members import Members
from lingxi.state._names import Names
from lingxi.state._records import Records
from lingxi.state._table import Table

Ints = npt.NDArray[np.int32]
WORDS = tuple(f"words_{place}" for place in range(BLOCKS))
"""The words of an item's title, category and brand, as `domain.words` has them."""
COLUMNS = (
    Column("posted", "bool", False),
    Column("visible", "bool", False),
    Column("listed", "bool", False),
    Column("in_stock", "bool", False),
    Column("stock", "float32", 0.0),
    Column("price", "float32", math.nan),
    Column("list_price", "float32", math.nan),
    Column("cost", "float32", math.nan),
    Column("category", "int32", -1),
    Column("brand", "int32", -1),
    Column("seller", "int32", -1),
    Column("since", "int64", 0),
    *(Column(name, "int64", 0) for name in WORDS),
)


REMEMBERED: Final = 4_096
"""Posts that are remembered one by one."""


class Catalog:
    """Item numbers, columns and records. `listed` is posted, visible and in stock: what may be recommended.

    `posts` counts the versions that came: who keeps what was made of the items asks `posted_after` what is news.
    `opened` counts those by which an item became listed. `since` is when the item was first posted (µs UTC). An item
    named by an event only is a stub: not posted.
    """

    def __init__(self, features: Iterable[Column]) -> None:
        self.ids = Names()
        self.records = Records()
        self._members = Members()
        self.categories: list[str] = []
        self.category_number: dict[str, int] = {}
        self.brand_number: dict[str, int] = {}
        self.seller_number: dict[str, int] = {}
        self.posts = 0
        self.opened = 0
        self._newest: deque[int] = deque(maxlen=REMEMBERED)
        self.table = Table((*COLUMNS, *features), capacity=1024)

    @property
    def number(self) -> Mapping[str, int]:
        """The number of each id."""
        return self.ids.number

    def name(self, new: dict[int, str]) -> None:
        """Takes ids with their numbers; the numbers are consecutive."""
        for no in sorted(new):
            if no == len(self.ids):
                self.ids.append(new[no])
        self.table.grow(len(self.ids))

    def post(self, item: Item, received: int) -> bool:
        """Takes a version of an item; True where it may be recommended from now on and could not before."""
        no = self.number[item.id]
        self.records.put(no, item)
        self.posts += 1
        self._newest.append(no)
        arrays = self.table.arrays
        if not arrays["posted"][no]:
            arrays["since"][no] = received
        stock = math.inf if item.stock is None else item.stock
        arrays["posted"][no] = True
        arrays["visible"][no] = item.visible
        arrays["stock"][no] = stock
        arrays["in_stock"][no] = stock > 0
        before = bool(arrays["listed"][no])
        arrays["listed"][no] = item.visible and stock > 0
        arrays["price"][no] = math.nan if item.price is None else item.price
        arrays["list_price"][no] = math.nan if item.list_price is None else item.list_price
        arrays["cost"][no] = cost_of(item)
        category = self._category(item.category) if item.category else -1
        if arrays["category"][no] != category:
            arrays["category"][no] = category
            self._members.changed(no, len(self.ids))
        arrays["brand"][no] = _number(self.brand_number, item.brand)
        arrays["seller"][no] = _number(self.seller_number, item.seller)
        words = signature_of(item.title, item.title_zh, item.category, item.brand)
        for name, bits in zip(WORDS, words, strict=True):
            arrays[name][no] = bits
        opens = bool(arrays["listed"][no]) and not before
        self.opened += opens
        return opens

    def posted_after(self, posts: int) -> Ints | None:
        """The distinct items posted since `posts` was this number, int32; None where it is too long ago to tell."""
        count = self.posts - posts
        if count > len(self._newest):
            return None
        return np.unique(np.array(list(islice(reversed(self._newest), count)), dtype=np.int32))

    def _category(self, name: str) -> int:
        number = self.category_number.get(name)
        if number is None:
            number = self.category_number[name] = len(self.categories)
            self.categories.append(name)
        return number

    def numbered(self, what: str) -> int:
        """How many categories, brands or sellers (`what`: "category" …) have a number."""
        known = {"category": self.categories, "brand": self.brand_number, "seller": self.seller_number}
        return len(known[what])

    def per_category(self) -> list[tuple[str, int]]:
        """Every category with how many items have it now."""
        numbers = self.column("category")
        counts = np.bincount(numbers[numbers >= 0], minlength=len(self.categories))
        return list(zip(self.categories, counts.tolist(), strict=True))

    def inside(self, category: int) -> Ints:
        """The numbers of the items of a category, rising."""
        return self._members.of(category, self.column("category"))

    def column(self, name: str) -> Any:
        """One array over all items; a view, not to be written."""
        return self.table.arrays[name][: self.table.size]

    def goods(self) -> Goods:
        """The catalog for training: copies."""
        return Goods(
            ids=list(self.ids),
            category=self.column("category").copy(),
            categories=list(self.categories),
            price=self.column("price").astype(np.float32),
            listed=self.column("listed").copy(),
            brand=self.column("brand").copy(),
            brands=list(self.brand_number),
            seller=self.column("seller").copy(),
            sellers=list(self.seller_number),
            list_price=self.column("list_price").copy(),
            cost=self.column("cost").copy(),
            stock=self.column("stock").copy(),
            since=self.column("since").copy(),
            titles=[_titles(self.records.get(no)) for no in range(len(self.ids))],
        )


def _titles(item: Item | None) -> str:
    return "" if item is None else f"{item.title}\n{item.title_zh}"


def _number(known: dict[str, int], name: str) -> int:
    """The number of a name, in the order in which names come; -1 where there is none."""
    return known.setdefault(name, len(known)) if name else -1
