"""The log: every change of one shop, in the order in which it was taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lingxi.domain.change import Appended, Change, Proposal, Type
from lingxi.domain.history import Interactions

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Events on their way into the log as columns of one length n: how an import appends.

    `id`, `at`, `received` are filled in every row. Text columns hold None where absent, number columns NaN.
    `rest` holds what has no column of its own as msgspec JSON of an Event's other fields (None: nothing), `marks` and
    `repairs` the rules' names joined by commas (None: none), `original` the event as it was sent.
    """

    id: list[str]
    at: Longs
    received: Longs
    user: list[str | None]
    session: list[str | None]
    item: list[str | None]
    kind: npt.NDArray[np.int8]
    quantity: Doubles
    price: Doubles
    list_price: Doubles
    order: list[str | None]
    marks: list[str | None]
    repairs: list[str | None]
    original: list[str | None]
    rest: list[bytes | None]

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of each row: `code` int8[n] (0 stored, 1 duplicate, 2 conflict), `seq` int64[n] that holds the id."""

    code: npt.NDArray[np.int8]
    seq: Longs


@dataclass(frozen=True, slots=True)
class Run:
    """Changes with consecutive `seq`, as the state reads them: arrays of one length n.

    `seq`, `at`, `received`, `tie`: int64. `type`: int8 (domain.change.Type). `shopper`, `item`: int32 numbers, −1 where
    absent. `kind`: int8 KIND_CODE, −1 for what is no event. `quantity`, `price`, `list_price`, `value` (of a rate or
    review): float64, NaN where absent. `query` (of a search): int64, `domain.words.query_of`, 0 where absent.
    `left_out`: bool, what the state passes over (None: nothing). `entries` holds the decoded Item, User, Alias,
    Release or RuleSet by row; events have none. `new_items` and `new_shoppers` are the ids that this run is the first
    to name, by their numbers.
    """

    seq: Longs
    type: npt.NDArray[np.int8]
    at: Longs
    received: Longs
    tie: Longs
    shopper: Ints
    item: Ints
    kind: npt.NDArray[np.int8]
    quantity: Doubles
    price: Doubles
    list_price: Doubles
    value: Doubles
    query: Longs
    entries: dict[int, object]
    new_items: dict[int, str]
    new_shoppers: dict[int, str]
    left_out: npt.NDArray[np.bool_] | None = None

    @classmethod
    def plain(
        cls,
        seq: Longs,
        at: Longs,
        shopper: Ints,
        item: Ints,
        kind: npt.NDArray[np.int8],
        *,
        new_items: dict[int, str],
        new_shoppers: dict[int, str],
    ) -> Run:
        """Acts of which nothing more is told, each received when it happened; of two at one time the first comes
        first."""
        nothing = np.full(len(seq), np.nan)
        return cls(
            seq=seq,
            type=np.full(len(seq), Type.EVENT, dtype=np.int8),
            at=at,
            received=at,
            tie=seq,
            shopper=shopper,
            item=item,
            kind=kind,
            quantity=nothing,
            price=nothing,
            list_price=nothing,
            value=nothing,
            query=np.zeros(len(seq), dtype=np.int64),
            entries={},
            new_items=new_items,
            new_shoppers=new_shoppers,
        )

    def __len__(self) -> int:
        return len(self.seq)


EVENT = int(Type.EVENT)


class Log(Protocol):
    """One shop's log. Ids of items and shoppers are interned in it to numbers, 0 and up, that are never used again.

    A shopper's id is `u:<user>` or, for an event without a user, `s:<session>`.

    `leave_out` names the marks whose events its readers leave out: a run says which these are, interactions have none.
    They are stored, counted and shown like all others.
    """

    leave_out: tuple[str, ...]

    def append(self, proposals: Sequence[Proposal]) -> list[Appended]:
        """Stores each entry once, durably, in order, in one transaction; returns what became of each.

        An event whose id is stored with equal content is a duplicate, with other content a conflict; so is the
        second of two in one call.

        Raises:
            Unavailable: the disk is full, the folder read-only, the database locked; nothing was stored.
        """
        ...

    def append_columns(self, columns: Columns) -> Outcomes:
        """The same for many events at once, in transactions of 20 ms with a pause between them.

        Killed between two of them it leaves a prefix stored; the same call again stores the rest.
        """
        ...

    def read(self, after: int, limit: int) -> Run:
        """Changes with `seq` > after, at most `limit`, in order of `seq`."""
        ...

    def head(self) -> int:
        """The greatest `seq`; 0 when the log is empty."""
        ...

    def interactions(
        self, until_seq: int, since: int | None = None, until: int | None = None, folder: Path | None = None
    ) -> Interactions:
        """Events with `seq` ≤ until_seq and since ≤ `at` < until (µs UTC), in order of `(at, tie)`; without those that
        are left out. Where they are many they lie in files of `folder` (None: where temporary files do), which have no
        name."""
        ...

    def changes(self, after: int, limit: int, shopper: str | None = None) -> Iterator[Change]:
        """Whole changes with `seq` > after, in order of `seq`; of one shopper's events if given."""
        ...

    def close(self) -> None:
        """Releases what is held; a second call does nothing."""
        ...
