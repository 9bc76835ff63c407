"""Whose pairs are kept as rows, and whose are told by their history when somebody asks.

A shopper's history is the whole of what they did, as long as it is short and holds no impressions (it lists none): then
the pairs follow from it, and need no place. Of ten million imported events most belong to shoppers who never come back.
A row is made for a shopper who acts or is asked for while the shop is open, and kept until it is opened again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.features._compiled import compiled
from lingxi.features._feature import Column, Feature
from lingxi.state._events import Events
from lingxi.state._newest import Newest
from lingxi.state._pairs import Pairs
from lingxi.state._table import Table

Ints = npt.NDArray[np.int32]

IMPRESSION: Final = KIND_CODE["impression"]
COLUMNS: Final = (Column("kept", "bool", False), Column("whole", "bool", True))
"""Of each shopper: whether `pairs` has their rows, and whether their history holds all they did."""


class Kept(NamedTuple):
    """A feature of pairs, and the kinds it hears: bool[kinds]."""

    feature: Feature
    hears: npt.NDArray[np.bool_]


def columns_of(features: Iterable[Feature]) -> list[Column]:
    """The columns of a row of pairs."""
    return [
        Column(f"{each.name}.{column.name}", column.dtype, column.default)
        for each in features
        for column in each.columns
    ]


class Keeper:
    """Decides over the rows of `pairs`; `shoppers` has COLUMNS. Whoever is not whole is kept."""

    def __init__(self, features: Sequence[Feature], pairs: Pairs, shoppers: Table, histories: Newest) -> None:
        self._features = [Kept(each, np.array([kind in each.kinds for kind in KINDS])) for each in features]
        self._pairs = pairs
        self._shoppers = shoppers
        self._histories = histories
        self._columns = columns_of(features)

    def keep(self, shoppers: Ints) -> None:
        """Makes the rows of these shoppers (each named once), where they are not kept yet."""
        kept = self._shoppers.arrays["kept"]
        late = shoppers[~kept[shoppers]]
        if len(late):
            kept[late] = True
            self._fill(self._pairs, late, late)

    def keep_one(self, shopper: int) -> None:
        """The same of one."""
        kept = self._shoppers.arrays["kept"]
        if not kept[shopper]:
            kept[shopper] = True
            self._fill_one(self._pairs, shopper, shopper)

    def expect_one(self, shopper: int, kind: int) -> None:
        """Before an act of a shopper is taken in."""
        self.keep_one(shopper)
        arrays = self._shoppers.arrays
        if arrays["whole"][shopper]:
            arrays["whole"][shopper] = kind != IMPRESSION and self._histories.count(shopper) < self._histories.limit

    def expect(self, events: Events, *, lazily: bool) -> None:
        """Before many events of shoppers are taken in: keeps all of them, or only those whose history will not do."""
        who, counts = np.unique(events.shopper, return_counts=True)
        whole = self._shoppers.arrays["whole"]
        whole[who[self._histories.counts(who) + counts > self._histories.limit]] = False
        whole[events.shopper[events.kind == IMPRESSION]] = False
        self.keep(who[~whole[who]] if lazily else who)

    def count(self, events: Events, columns: Mapping[str, tuple[npt.NDArray[Any], ...]]) -> None:
        """Lets the events of shoppers who are not kept count for their items, with the features' `columns`."""
        for feature, hears in self._features:
            heard = events.where(hears[events.kind]) if feature.item_columns or feature.totals else None
            if heard is None or not len(heard.seq):
                continue
            who, shopper = np.unique(heard.shopper, return_inverse=True)
            owner, at, tie, item, kind, _ = self._acts(who, hears)
            scratch = Pairs(columns_of([feature]))
            rows = scratch.rows(np.concatenate([owner, shopper.astype(np.int32)]), np.concatenate([item, heard.item]))
            own = tuple(scratch.blocks.rows.arrays[column.name] for column in columns_of([feature]))
            _replay(feature, own, rows[: len(owner)], at, tie, kind)
            shared = columns[feature.name][len(feature.columns) :]
            feature.fold((*own, *shared), rows[len(owner) :], *heard[:4])

    def told(self, shopper: int) -> dict[str, npt.NDArray[Any]]:
        """All columns of a shopper's pairs, kept or not; nothing is kept by asking."""
        pairs, owner = self._pairs, shopper
        if not self._shoppers.arrays["kept"][shopper]:
            pairs, owner = Pairs(self._columns), 0
            self._fill_one(pairs, owner, shopper)
        rows = pairs.blocks.slice(owner)
        return {name: array[rows] for name, array in pairs.blocks.rows.arrays.items()}

    def told_by(self, at: Any, tie: Any, item: Any, kind: Any) -> dict[str, npt.NDArray[Any]]:
        """All columns of the pairs of whoever did these acts, in order of `(at, tie)`; −1 stands for no item."""
        pairs, on_items = Pairs(self._columns), item >= 0
        acts = (column[on_items] for column in (at, tie, item, kind))
        self._make(pairs, np.zeros(int(on_items.sum()), np.int32), *acts)
        rows = pairs.blocks.slice(0)
        return {name: array[rows] for name, array in pairs.blocks.rows.arrays.items()}

    def _fill(self, pairs: Pairs, owners: Ints, shoppers: Ints) -> None:
        """Makes rows of the shoppers' histories, under the numbers `owners`."""
        owner, at, tie, item, kind, _ = self._acts(shoppers)
        self._make(pairs, owners[owner], at, tie, item, kind)

    def _fill_one(self, pairs: Pairs, owner: int, shopper: int) -> None:
        """The same of one shopper's, where they lie."""
        acts = self._histories.of(shopper)[:4]
        on_items = acts[2] >= 0
        if not on_items.all():
            acts = tuple(column[on_items] for column in acts)
        self._make(pairs, np.full(len(acts[0]), owner, np.int32), *acts)

    def _make(self, pairs: Pairs, owners: Ints, at: Any, tie: Any, item: Any, kind: Any) -> None:
        """Makes rows of acts, each under its owner's number."""
        if not len(at):
            return
        rows = pairs.rows(owners, item)
        for feature, hears in self._features:
            own = tuple(pairs.blocks.rows.arrays[column.name] for column in columns_of([feature]))
            _replay(feature, own, *_heard(hears, rows, at, tie, kind))

    def _acts(self, shoppers: Ints, hears: npt.NDArray[np.bool_] | None = None) -> tuple[npt.NDArray[Any], ...]:
        """The acts on items of these shoppers, of the kinds that are heard: whose (a place in `shoppers`), at, tie,
        item, kind, rated."""
        acts = self._histories.of_all(shoppers)
        wanted = (acts[3] >= 0) if hears is None else (acts[3] >= 0) & hears[acts[4]]
        return acts if wanted.all() else tuple(column[wanted] for column in acts)


@compiled
def _heard(hears: Any, rows: Any, at: Any, tie: Any, kind: Any) -> Any:  # pragma: no cover
    """What `rows`, `at`, `tie` and `kind` say of the acts whose kind is heard, `hears` bool[kinds]: four arrays."""
    count = 0
    for act in range(len(kind)):
        count += hears[kind[act]]
    heard, when = np.empty(count, rows.dtype), np.empty(count, at.dtype)
    ties, kinds = np.empty(count, tie.dtype), np.empty(count, kind.dtype)
    count = 0
    for act in range(len(kind)):
        if hears[kind[act]]:
            heard[count], when[count], ties[count], kinds[count] = rows[act], at[act], tie[act], kind[act]
            count += 1
    return heard, when, ties, kinds


def _replay(feature: Feature, own: tuple[Any, ...], rows: Any, at: Any, tie: Any, kind: Any) -> None:
    """Folds acts into rows once more; for the items, and the shop, they have counted already."""
    items = tuple(np.full(1, column.default, column.dtype) for column in feature.item_columns)
    totals = (np.zeros(len(feature.totals), np.int64),) if feature.totals else ()
    feature.fold((*own, *items, *totals), rows, np.zeros(len(rows), np.int32), at, tie, kind)
