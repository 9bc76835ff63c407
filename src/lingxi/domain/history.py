"""What is known of one shopper's acts, as arrays; and a whole snapshot of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE
from lingxi.domain.rating import UNTOLD, Codes, codes_of

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
IMPRESSION: Final = KIND_CODE["impression"]
"""What was shown is no act: histories list none."""


@dataclass(frozen=True, slots=True)
class History:
    """One shopper's acts in order of `(at, tie)`: `at` int64[n] in µs UTC, `item` int32[n], `kind` int8[n] (KIND_CODE).

    `item` holds the shop's item numbers, −1 where the act had no item. `query` int64[n] (as `domain.words.query_of` has
    it): what an act without an item searched for, 0: nothing. `rated` uint8[n] (as `domain.rating.code_of` has it): the
    value of a rating, 0 where there is none. `traits` int32[t] is what the shopper is, not what they did: codes of
    `domain.traits`. These three may be left out: nothing is known of them then.
    """

    at: Longs
    item: Ints
    kind: Bytes
    query: Longs = field(default_factory=lambda: np.empty(0, np.int64))
    rated: Codes = field(default_factory=lambda: np.empty(0, np.uint8))
    traits: Ints = field(default_factory=lambda: np.empty(0, np.int32))

    def __post_init__(self) -> None:
        _fill(self, len(self.at), {"query": 0, "rated": UNTOLD})

    def __len__(self) -> int:
        return len(self.at)

    def part(self, places: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Self:
        """The same shopper with the chosen acts."""
        at, item, kind = self.at[places], self.item[places], self.kind[places]
        return type(self)(at, item, kind, self.query[places], self.rated[places], self.traits)


@dataclass(frozen=True, slots=True)
class People:
    """Traits of shoppers by number, in rising order: shopper `shopper[i]` (int32[k]) has the trait `trait[i]`
    (int32[k], a code of `domain.traits`)."""

    shopper: Ints = field(default_factory=lambda: np.empty(0, np.int32))
    trait: Ints = field(default_factory=lambda: np.empty(0, np.int32))

    @classmethod
    def of_each(cls, traits: Mapping[int, Ints]) -> Self:
        """Of each shopper's."""
        who = sorted(number for number, codes in traits.items() if len(codes))
        if not who:
            return cls()
        shopper = np.repeat(np.array(who, np.int32), [len(traits[number]) for number in who])
        return cls(shopper, np.concatenate([traits[number] for number in who]))

    def of(self, shopper: int) -> Ints:
        """One shopper's traits, int32[t]."""
        low, high = np.searchsorted(self.shopper, [shopper, shopper + 1])
        return self.trait[low:high]


@dataclass(frozen=True, slots=True)
class Interactions:
    """Events of a snapshot as arrays of one length n, in order of `(at, tie)`.

    `at`, `received`: int64 µs UTC. `tie`: int64, the first eight bytes of the id's BLAKE2b digest, which orders equal
    times. `shopper`, `item`: int32 numbers of the shop (−1: no item). `kind`: int8 KIND_CODE. `quantity`, `price`:
    float32, NaN where absent. `marked`: bool, doubted by a cleaning rule. `list_price`, `value` (of a rate or review):
    float32, NaN where absent. `query` (of a search): int64 as `domain.words.query_of` has it, 0 where absent. These
    three may be left out: nothing is known of them then. `people` are the shoppers' traits, whoever acts.
    """

    at: Longs
    received: Longs
    tie: Longs
    shopper: Ints
    item: Ints
    kind: Bytes
    quantity: Floats
    price: Floats
    marked: Bools
    list_price: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    value: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    query: Longs = field(default_factory=lambda: np.empty(0, np.int64))
    people: People = field(default_factory=People)

    def __post_init__(self) -> None:
        _fill(self, len(self.at), {"list_price": np.nan, "value": np.nan, "query": 0})

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, columns: Mapping[str, npt.NDArray[Any]], people: People | None = None) -> Self:
        """Of the events' arrays by name."""
        told: dict[str, Any] = dict(columns)
        return cls(**told, people=people or People())

    def where(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> Self:
        """The same columns, of the chosen rows."""
        return self.of({name: column[keep] for name, column in self.columns().items()}, self.people)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The events' arrays by name."""
        return {name: getattr(self, name) for name in COLUMNS}

    def history(self) -> History:
        """The same as acts of a history; a query counts where there is no item."""
        query = np.where(self.item < 0, self.query, 0)
        return History(self.at, self.item, self.kind, query, codes_of(self.kind, self.value))

    def before(self, until: int) -> Self:
        """What had happened and been received before `until` (µs UTC): promise 5.

        Where that is how it begins, as in most logs, it is a view: nothing is copied."""
        keep = (self.at < until) & (self.received <= until)
        count = int(keep.sum())
        return self.where(slice(0, count) if bool(keep[:count].all()) else keep)

    def parts(self, size: int) -> Iterator[Self]:
        """Views of `size` rows at most, one after the other."""
        for start in range(0, len(self), size):
            yield self.where(slice(start, start + size))


COLUMNS: Final = tuple(each.name for each in fields(Interactions) if each.name != "people")
"""The events' arrays in order."""


@dataclass(frozen=True, slots=True)
class Goods:
    """The catalog as arrays by item number: ids, `category` int32 (index into `categories`), `price` float32 (NaN:
    unknown), `listed` bool (posted by the shop, visible, in stock).

    What else features read of it, and what may be left out: `brand` and `seller` int32 (−1: none; index into `brands`
    and `sellers`), `list_price` and `cost` float32 (NaN: unknown), `stock` float32 (inf: unlimited), `since` int64
    (when it was first posted, µs UTC; 0: not known), `titles` (English and Chinese, a line each), `text` float32[n, w]
    (what an encoder makes of an item's texts, of length 1, or 0 where it has none; w is 0 without an encoder).
    """

    ids: list[str]
    category: Ints
    categories: list[str]
    price: Floats
    listed: Bools
    brand: Ints = field(default_factory=lambda: np.empty(0, np.int32))
    brands: list[str] = field(default_factory=list)
    seller: Ints = field(default_factory=lambda: np.empty(0, np.int32))
    sellers: list[str] = field(default_factory=list)
    list_price: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    cost: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    stock: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    since: Longs = field(default_factory=lambda: np.empty(0, np.int64))
    titles: list[str] = field(default_factory=list)
    text: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))

    def __post_init__(self) -> None:
        unknown = {"brand": -1, "seller": -1, "list_price": np.nan, "cost": np.nan, "stock": np.inf, "since": 0}
        _fill(self, len(self.ids), unknown)
        if len(self.titles) != len(self.ids):
            object.__setattr__(self, "titles", [""] * len(self.ids))
        if len(self.text) != len(self.ids):
            object.__setattr__(self, "text", np.empty((len(self.ids), 0), np.float32))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def shown(self) -> Ints:
        """The numbers of the items that can be shown, int32: those that are listed, or all where none is."""
        listed = np.flatnonzero(self.listed)
        return (listed if len(listed) else np.arange(len(self))).astype(np.int32)


def _fill(columns: object, size: int, unknown: dict[str, float]) -> None:
    """Columns that were left out, at their length."""
    for name, value in unknown.items():
        held = getattr(columns, name)
        if len(held) != size:
            object.__setattr__(columns, name, np.full(size, value, held.dtype))
