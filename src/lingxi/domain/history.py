"""What is known of one shopper's acts, as arrays; and a whole snapshot of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class History:
    """One shopper's acts in order of `(at, tie)`: `at` int64[n] in µs UTC, `item` int32[n], `kind` int8[n] (KIND_CODE).

    `item` holds the shop's item numbers, −1 where the act had no item.
    """

    at: Longs
    item: Ints
    kind: Bytes

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Interactions:
    """Events of a snapshot as arrays of one length n, in order of `(at, tie)`.

    `at`, `received`: int64 µs UTC. `tie`: int64, the first eight bytes of the id's BLAKE2b digest, which orders equal
    times. `shopper`, `item`: int32 numbers of the shop (−1: no item). `kind`: int8 KIND_CODE. `quantity`, `price`:
    float32, NaN where absent. `marked`: bool, doubted by a cleaning rule.
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

    def __len__(self) -> int:
        return len(self.at)

    def where(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> Self:
        """The same columns, of the chosen rows."""
        return type(self)(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})

    def before(self, until: int) -> Self:
        """What had happened and been received before `until` (µs UTC): promise 5."""
        return self.where((self.at < until) & (self.received <= until))


@dataclass(frozen=True, slots=True)
class Goods:
    """The catalog as arrays by item number: ids, `category` int32 (index into `categories`), `price` float32 (NaN:
    unknown), `listed` bool (posted by the shop, visible, in stock)."""

    ids: list[str]
    category: Ints
    categories: list[str]
    price: Floats
    listed: Bools

    def __len__(self) -> int:
        return len(self.ids)
