"""What the state knows of one shopper, taken out of it: as bytes, and read like the state itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from lingxi.domain.history import History
from lingxi.features._feature import Column
from lingxi.state._table import Table
from lingxi.state.shopper import Floats, Ints, ShopperView

if TYPE_CHECKING:
    from lingxi.state.state import State

Columns = Mapping[str, npt.NDArray[Any]]

ACTS: Final = (
    *(Column("at", "int64", 0), Column("tie", "int64", 0), Column("query", "int64", 0)),
    *(Column("item", "int32", -1), Column("kind", "int8", -1), Column("rated", "uint8", 0)),
)
PASSING: Final = ("seq", "kept", "whole")
"""Columns of shoppers that say how a state came about."""
SEQ_BYTES: Final = 8
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One shopper: the `seq` of the last change about them; their `acts`, as a history has them, with `tie`; `own`, the
    columns of the features of shoppers and histories, one value each; `pairs`, the columns of those of pairs, where the
    acts do not tell them (None: they do); `traits`."""

    seq: int
    acts: Columns
    own: Columns
    pairs: Columns | None
    traits: Ints


def seq_of(packed: bytes) -> int:
    """The `seq` of a packed row."""
    return int.from_bytes(packed[:SEQ_BYTES], "little")


class Rows:
    """Takes rows out of a state, packs them, and unpacks what another process packed."""

    def __init__(self, state: State) -> None:
        self._own = _without(state.shoppers, PASSING)
        self._pairs = tuple(state.pairs.blocks.rows.columns.values())
        told = [[(each.name, each.dtype) for each in columns] for columns in (ACTS, self._own, self._pairs)]
        self._schema = hashlib.blake2b(msgspec.json.encode((FORMAT, told)), digest_size=8).digest()

    def of(self, state: State, no: int) -> Row:
        """What a state knows of a shopper: copies."""
        at, tie, other, kind, rated = state.histories.of(no)
        item, query = state.queries.told(other)
        known = state.shoppers.arrays
        return Row(
            seq=int(known["seq"][no]),
            acts={"at": at, "tie": tie, "query": query, "item": item, "kind": kind, "rated": rated},
            own={each.name: known[each.name][no : no + 1].copy() for each in self._own},
            pairs=None if known["whole"][no] else state.keeper.told(no),
            traits=state.traits.of(no),
        )

    def packed(self, row: Row) -> bytes:
        """The row as bytes: its `seq` first, then what they are of, how many of each, the columns."""
        pairs = row.pairs
        counts = (len(row.acts["at"]), -1 if pairs is None else len(pairs["item"]), len(row.traits))
        columns = [row.acts[each.name] for each in ACTS] + [row.own[each.name] for each in self._own]
        columns += [] if pairs is None else [pairs[each.name] for each in self._pairs]
        head = row.seq.to_bytes(SEQ_BYTES, "little") + self._schema + np.array(counts, np.int32).tobytes()
        return head + b"".join(column.tobytes() for column in (*columns, row.traits))

    def unpacked(self, packed: bytes) -> Row | None:
        """The row of these bytes; None where another version of Lingxi packed them."""
        start = SEQ_BYTES + len(self._schema)
        if packed[SEQ_BYTES:start] != self._schema:
            return None
        acts, pairs, traits = np.frombuffer(packed, np.int32, 3, start).tolist()
        reading = _Reading(packed, start + 12)
        return Row(
            seq=seq_of(packed),
            acts=reading.columns(ACTS, acts),
            own=reading.columns(self._own, 1),
            pairs=None if pairs < 0 else reading.columns(self._pairs, pairs),
            traits=reading.column("int32", traits),
        )


class _Reading:
    """Takes columns from bytes, one after the other."""

    def __init__(self, packed: bytes, start: int) -> None:
        self._packed, self._start = packed, start

    def column(self, dtype: str, count: int) -> npt.NDArray[Any]:
        """The next one: a copy, for kernels are compiled anew for arrays that are not aligned or not to be written."""
        column = np.frombuffer(self._packed, dtype, count, self._start).copy()
        self._start += column.nbytes
        return column

    def columns(self, named: tuple[Column, ...], count: int) -> Columns:
        """The next ones, of one length."""
        return {each.name: self.column(each.dtype, count) for each in named}


def _without(table: Table, names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(column for name, column in table.columns.items() if name not in names)


class RowView(ShopperView):
    """Reads of one shopper as rows tell them: of the user, or of a guest's session; with a user also the session's.

    The items that the state does not know yet are left out: they are in no catalog of this process.
    """

    def __init__(self, state: State, row: Row, session: Row | None = None, *, alone: bool = False) -> None:
        # Not ShopperView's own: nothing here stands in the state.
        self._state = state
        self._rows = (row,) if session is None else (row, session)
        self._known = len(state.items.ids)
        self.no = self.session = -1
        self._alone = alone

    @property
    def id(self) -> str:
        """Nobody's: a row tells no id."""
        return ""

    @property
    def alone(self) -> bool:
        """As whoever read the row says: it tells no id itself."""
        return self._alone

    @property
    def seq(self) -> int:
        """See `ShopperView.seq`."""
        return max(row.seq for row in self._rows)

    def history(self, n: int = 512) -> History:
        """See `ShopperView.history`."""
        acts = self._acts
        at, item, kind, query, rated = (acts[name][-n:] for name in ("at", "item", "kind", "query", "rated"))
        return History(at, item, kind, query, rated, self._rows[0].traits)

    @cached_property
    def _acts(self) -> Columns:
        """The acts of the rows, in order."""
        first = self._rows[0].acts
        if len(self._rows) > 1:
            both = {name: np.concatenate([row.acts[name] for row in self._rows]) for name in first}
            order = np.lexsort((both["tie"], both["at"]))
            first = {name: column[order] for name, column in both.items()}
        return self._of_known(first)

    def _of_known(self, columns: Columns) -> Columns:
        known = columns["item"] < self._known
        return columns if known.all() else {name: column[known] for name, column in columns.items()}

    @cached_property
    def _pairs(self) -> Columns:
        """The columns of the first row's pairs."""
        row = self._rows[0]
        if row.pairs is not None:
            return self._of_known(row.pairs)
        acts = self._of_known(row.acts)
        return self._state.keeper.told_by(acts["at"], acts["tie"], acts["item"], acts["kind"])

    @cached_property
    def _own(self) -> Columns:
        """The columns of the rows' shoppers, one value for each row."""
        return {name: np.concatenate([row.own[name] for row in self._rows]) for name in self._rows[0].own}

    @cached_property
    def pair_items(self) -> Ints:
        """See `ShopperView.pair_items`."""
        return self._pairs["item"]

    def pair(self, name: str, now: int) -> Floats:
        """See `ShopperView.pair`."""
        every = slice(0, len(self.pair_items))
        return self._state.read_with(self._pairs, "pair", name, every, self.pair_items, now)

    @cached_property
    def numbers(self) -> Ints:
        """Where the rows stand among themselves."""
        return np.arange(len(self._rows), dtype=np.int32)

    def toward(
        self,
        name: str,
        items: npt.NDArray[np.integer[Any]],
        now: int,
        statistics: Mapping[str, Any] | None = None,
        history: History | None = None,
    ) -> Floats:
        """See `ShopperView.toward`."""
        read = self.history() if history is None else history
        return self._state.read_with(self._own, "history", name, self.numbers, items, now, statistics, read)

    def feature(self, name: str, now: int) -> float:
        """See `ShopperView.feature`."""
        first = np.zeros(1, np.int64)
        return float(self._state.read_with(self._own, "shopper", name, first, first, now)[0])
