"""The live state of one shop: a fold over its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.change import ERASED_PREFIX, Erasure, Release
from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.domain.history import Goods, History
from lingxi.domain.item import Item
from lingxi.domain.merchandising import NO_RULES, RuleSet
from lingxi.domain.rating import code_of, codes_of
from lingxi.domain.traits import traits_of
from lingxi.domain.user import User
from lingxi.features._feature import QUANTITY_AND_PRICE, Column, Feature, Scope
from lingxi.ports.log import EVENT, Run
from lingxi.state._events import Events, events_of
from lingxi.state._goods import Catalog
from lingxi.state._keeper import COLUMNS as KEEPING
from lingxi.state._keeper import IMPRESSION, Keeper
from lingxi.state._neighbours import GROUPS, MOST, WINDOW, count_together, nearest_by, taken_out
from lingxi.state._newest import Newest
from lingxi.state._pairs import Pairs
from lingxi.state._queries import Queries
from lingxi.state._reading import Reading, columns_of
from lingxi.state._table import Table, views_of
from lingxi.state._tops import Bound, Tops
from lingxi.state._traits import Traits
from lingxi.state.shopper import ShopperView

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

LATELY: Final = 8
"""Changes looked back on for each user who is sought."""
HISTORY: Final = 512
"""Acts kept of each shopper."""
ACTS: Final = 128
"""Acts kept of each item in each group, to count what goes together."""
FEW: Final = 4
"""A run with fewer events goes through the interpreted kernels: it is done before a compiled call is set up."""
BULK: Final = 512
"""A run with as many events is a batch of the past: few of its shoppers are in the shop."""


def _features() -> list[Feature]:
    return [registry.load("features", name, "FEATURE") for name in registry.names("features")]


class Listening(NamedTuple):
    """A feature that an event of some kind runs through: its interpreted kernel, by what its rows go, its arrays."""

    update: Callable[..., None]
    scope: Scope
    columns: tuple[Any, ...]
    numbers: tuple[str, ...]


class State:
    """What the changes up to `cursor` say. One thread owns it; a read changes nothing that another read sees.

    `stale` is true once a shopper whose acts it holds was forgotten: they are found no more, but what they did still
    counts for the items. Fold the log anew: a state that never held them takes their erasure without becoming stale.
    `rules` are the shop's merchant rules, `rules_seq` their version (0: there never were any).
    `leave_out` names the marks whose events it passes over: the log's runs say which these are.
    """

    def __init__(self, leave_out: tuple[str, ...] = ()) -> None:
        self.leave_out = leave_out
        self.cursor = 0
        self.stale = False
        self.release: Release | None = None
        self.rules, self.rules_seq = NO_RULES, 0
        self.features = {each.name: each for each in _features()}
        self.items = Catalog(self._columns("item"))
        self.shopper_ids: list[str] = []
        self._shopper_number: dict[str, int] | None = None
        known = (*self._columns("shopper"), *self._columns("history"))
        self.shoppers = Table((Column("seq", "int64", 0), *KEEPING, *known))
        self.pairs = Pairs(self._columns("pair"))
        self.histories = Newest(HISTORY, rated=True)
        self.queries = Queries()
        self.traits = Traits()
        of_pairs = [each for each in self.features.values() if each.scope == "pair"]
        self.keeper = Keeper(of_pairs, self.pairs, self.shoppers, self.histories)
        self.acts = {group: Newest(ACTS) for group in GROUPS}
        self._groups = {group: np.array(kinds) for group, kinds in GROUPS.items()}
        self.totals = {
            each.name: np.zeros(len(each.totals), np.int64) for each in self.features.values() if each.totals
        }
        self._bound: dict[str, tuple[npt.NDArray[Any], ...]] = {}
        self._bound_at = -1
        kept = [each for each in self.features.values() if each.update is not None]
        self._heard = {each.name: {KIND_CODE[kind] for kind in each.kinds} for each in kept}
        self._listening: list[list[Listening]] = []
        self.reading = Reading(self.features)
        self._tops = Tops()
        self._scratch = np.zeros(0, np.float32)

    @classmethod
    def empty(cls, leave_out: tuple[str, ...] = ()) -> Self:
        """The state of an empty log."""
        return cls(leave_out)

    def _columns(self, scope: Scope) -> list[Column]:
        found = []
        for each in self.features.values():
            columns = each.columns if each.scope == scope else each.item_columns if scope == "item" else ()
            found += [Column(f"{each.name}.{column.name}", column.dtype, column.default) for column in columns]
        return found

    # ── folding ────────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, run: Run, *, compiled: bool | None = None) -> None:
        """Takes a run whose first `seq` follows `cursor`; what lies at or below it is passed over.

        `compiled` says how events are folded: one by one or all at once; by default as their number makes it quicker.
        """
        if not len(run) or int(run.seq[-1]) <= self.cursor:
            return
        self._name(run)
        first = 0 if run.seq[0] > self.cursor else int(np.searchsorted(run.seq, self.cursor, side="right"))
        for row, entry in run.entries.items():
            if row >= first:
                self._take(entry, int(run.received[row]), int(run.seq[row]))
                if isinstance(entry, User) and run.shopper[row] >= 0:
                    self.traits.post(int(run.shopper[row]), traits_of(entry))
        if len(run) - first >= FEW if compiled is None else compiled:
            events = events_of(run, first)
            if len(events.seq):
                self._fold_many(events)
        else:
            for row in range(first, len(run)):
                if run.type[row] == EVENT and not (run.left_out is not None and run.left_out[row]):
                    self._fold_one(run, row)
        self._tops.touched(run.item)
        if run.entries:
            self._renew(run, first)
        self.cursor = int(run.seq[-1])

    def _name(self, run: Run) -> None:
        if run.new_items:
            self.items.name(run.new_items)
        for no in sorted(run.new_shoppers):
            if no == len(self.shopper_ids):
                self.shopper_ids.append(run.new_shoppers[no])
                if self._shopper_number is not None:
                    self._shopper_number[run.new_shoppers[no]] = no
        self.shoppers.grow(len(self.shopper_ids))

    def _take(self, entry: object, received: int, seq: int) -> None:
        if isinstance(entry, Item):
            if self.items.post(entry, received):
                # What is for sale again shall be in the next slate, not in that of the next second.
                self._tops.clear()
        elif isinstance(entry, Release):
            self.release = entry
        elif isinstance(entry, RuleSet):
            self.rules, self.rules_seq = entry, seq
        elif isinstance(entry, Erasure):
            self._forget(entry.shoppers)

    def _renew(self, run: Run, first: int) -> None:
        """What was made of shoppers that came in another version is made anew; an event of the run may be newer."""
        seqs = self.shoppers.arrays["seq"]
        for row, entry in run.entries.items():
            shopper = int(run.shopper[row])
            if row >= first and isinstance(entry, User) and shopper >= 0:
                seqs[shopper] = max(int(seqs[shopper]), int(run.seq[row]))

    def _forget(self, shoppers: tuple[int, ...]) -> None:
        for no in shoppers:
            name = self.shopper_ids[no] if no < len(self.shopper_ids) else ERASED_PREFIX
            if not name.startswith(ERASED_PREFIX):
                if self._shopper_number is not None:
                    del self._shopper_number[name]
                self.shopper_ids[no] = f"{ERASED_PREFIX}{no}"
                self.stale = True

    def _arrays(self, feature: Feature) -> tuple[npt.NDArray[Any], ...]:
        self._bind()
        return self._bound[feature.name]

    def _bind(self) -> None:
        """Looks the features' arrays up again where a table got longer ones."""
        replaced = self.items.table.replaced + self.shoppers.replaced + self.pairs.blocks.rows.replaced
        if replaced != self._bound_at:
            self._bound = {name: self._columns_of(each) for name, each in self.features.items()}
            views = {name: views_of(arrays) for name, arrays in self._bound.items()}
            self._listening = [
                [
                    Listening(each.update.py_func, each.scope, views[each.name], each.numbers)
                    for each in self.features.values()
                    if kind in self._heard.get(each.name, ())
                ]
                for kind in range(len(KINDS))
            ]
            self._bound_at = replaced

    def _columns_of(
        self, feature: Feature, held: Mapping[str, npt.NDArray[Any]] | None = None
    ) -> tuple[npt.NDArray[Any], ...]:
        """The arrays of a feature, its own from `held` if given."""
        if held is None:
            tables = {"item": self.items.table, "pair": self.pairs.blocks.rows}
            held = tables.get(feature.scope, self.shoppers).arrays
        own = [held[f"{feature.name}.{column.name}"] for column in feature.columns]
        of_item = [self.items.table.arrays[f"{feature.name}.{column.name}"] for column in feature.item_columns]
        whole = [self.totals[feature.name]] if feature.totals else []
        return (*own, *of_item, *whole)

    def _fold_one(self, run: Run, row: int) -> None:
        at, tie, kind = int(run.at[row]), int(run.tie[row]), int(run.kind[row])
        item, shopper = int(run.item[row]), int(run.shopper[row])
        rows = {"item": item, "shopper": shopper, "history": shopper, "pair": -1}
        if shopper >= 0:
            self.keeper.expect_one(shopper, kind)
            if item >= 0:
                rows["pair"] = self.pairs.row(shopper, item)
        usual = float(run.quantity[row]), float(run.price[row])
        self._bind()
        for update, scope, columns, names in self._listening[kind]:
            place = rows[scope]
            if place >= 0:
                told = usual if names is QUANTITY_AND_PRICE else [getattr(run, name)[row].item() for name in names]
                update(columns, place, item, at, tie, kind, *told)
        if shopper < 0:
            return
        self.shoppers.arrays["seq"][shopper] = int(run.seq[row])
        if kind == IMPRESSION:
            return
        what = item if item >= 0 else self.queries.place(int(run.query[row]))
        self.histories.add_one(shopper, at, tie, what, kind, code_of(kind, float(run.value[row])))
        if item >= 0:
            for group, acts in self.acts.items():
                if self._groups[group][kind]:
                    acts.add_one(item, at, tie, shopper, kind)

    def _fold_many(self, events: Events) -> None:
        has_item, has_shopper = events.item >= 0, events.shopper >= 0
        of_item, of_shopper = events.where(has_item), events.where(has_shopper)
        of_both = events.where(has_item & has_shopper)
        self.keeper.expect(of_shopper, lazily=len(events.seq) >= BULK)
        kept = self.shoppers.arrays["kept"][of_both.shopper]
        of_kept = of_both.where(kept)
        pairs = self.pairs.rows(of_kept.shopper, of_kept.item)
        told: dict[Scope, tuple[npt.NDArray[np.int64], Events]]
        told = {
            "item": (of_item.item.astype(np.int64), of_item),
            "shopper": (of_shopper.shopper.astype(np.int64), of_shopper),
            "history": (of_shopper.shopper.astype(np.int64), of_shopper),
            "pair": (pairs, of_kept),
        }
        kinds = np.flatnonzero(np.bincount(events.kind)).tolist()
        self._bind()
        for name, heard_kinds in self._heard.items():
            if not heard_kinds.isdisjoint(kinds):
                feature = self.features[name]
                rows, heard = told[feature.scope]
                numbers = (getattr(heard, number) for number in feature.numbers)
                feature.fold(self._bound[name], rows, *heard[:4], *numbers)
        self.keeper.count(of_both.where(~kept), self._bound)
        # Of a shopper's rows the last is the greatest.
        self.shoppers.arrays["seq"][of_shopper.shopper] = of_shopper.seq
        done = of_shopper.where(of_shopper.kind != IMPRESSION)
        what, rated = self.queries.places(done.item, done.query), codes_of(done.kind, done.value)
        self.histories.add(done.shopper, done.at, done.tie, what, done.kind, rated)
        done = done.where(done.item >= 0)
        for group, acts in self.acts.items():
            of_group = done.where(self._groups[group][done.kind])
            acts.add(of_group.item, of_group.at, of_group.tie, of_group.shopper, of_group.kind)

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def shopper_number(self) -> dict[str, int]:
        """The number of each shopper id; made when it is first asked for: a process that only folds never asks."""
        if self._shopper_number is None:
            self._shopper_number = {each: no for no, each in enumerate(self.shopper_ids)}
        return self._shopper_number

    def shopper(self, user: str | None, session: str | None) -> ShopperView | None:
        """The shopper of a request: the user, else the session; None for who was never seen."""
        own = -1 if user is None else self.shopper_number.get(f"u:{user}", -1)
        guest = -1 if session is None else self.shopper_number.get(f"s:{session}", -1)
        if own < 0 and guest < 0:
            return None
        return ShopperView(self, own, guest) if own >= 0 else ShopperView(self, guest)

    def lately(self, n: int) -> list[str]:
        """The users of whom something was told in the last `LATELY` · n changes, the newest first, at most `n`."""
        seqs = self.shoppers.arrays["seq"][: len(self.shopper_ids)]
        newest = np.flatnonzero(seqs > max(self.cursor - LATELY * n, 0))
        names = (self.shopper_ids[no] for no in newest[np.argsort(-seqs[newest])].tolist())
        return [name[2:] for name in islice((each for each in names if each.startswith("u:")), n)]

    def item(self, no: int) -> Item | None:
        """The newest version of an item; None for a stub."""
        return self.items.records.get(no)

    def item_feature(
        self,
        name: str,
        items: npt.NDArray[np.integer[Any]],
        now: int,
        statistics: Mapping[str, Any] | None = None,
    ) -> Floats:
        """An item feature ("popularity.week") of these items, float32[len(items)]; `statistics` are the bundle's."""
        return self._read("item", name, items, items, now, statistics)

    def shopper_feature(self, name: str, shoppers: npt.NDArray[np.integer[Any]], now: int) -> Floats:
        """A shopper feature ("activity.month"), float32[len(shoppers)]."""
        return self._read("shopper", name, shoppers, shoppers, now)

    def pair_feature(self, name: str, rows: Any, items: Ints, now: int) -> Floats:
        """A pair feature of these rows of `pairs`, whose items are `items`."""
        return self._read("pair", name, rows, items, now)

    def history_feature(
        self,
        name: str,
        history: History,
        shoppers: npt.NDArray[np.integer[Any]],
        items: npt.NDArray[np.integer[Any]],
        now: int,
        statistics: Mapping[str, Any] | None = None,
    ) -> Floats:
        """A history feature ("brand_affinity.share") of these items for whom did those acts: the numbers of a user, a
        session, or both; float32[len(items)]."""
        return self._read("history", name, shoppers, items, now, statistics, history)

    def moment_feature(self, name: str, items: npt.NDArray[np.integer[Any]], local: int) -> Floats:
        """A feature of the time ("calendar.hour"), the same for each item, float32[len(items)]; `local` is what the
        shop's clock on the wall says, in µs since 1970."""
        return self._read("moment", name, items, items, local)

    def _read(
        self,
        scope: Scope,
        name: str,
        rows: Any,
        items: Any,
        now: int,
        statistics: Mapping[str, Any] | None = None,
        history: History | None = None,
        columns: Mapping[str, npt.NDArray[Any]] | None = None,
    ) -> Floats:
        feature, read = self.reading.named(name, scope)
        own = self._arrays(feature) if columns is None else self._columns_of(feature, columns)
        return read((*columns_of(history), *own, *self._beside(feature, statistics)), rows, items, now)

    def _beside(self, feature: Feature, statistics: Mapping[str, Any] | None) -> tuple[npt.NDArray[Any], ...]:
        """What a feature reads beside its own columns: of the catalog, and a bundle's statistics."""
        table = self.items.table.arrays
        catalog = tuple(table[column] for column in feature.catalog)
        return (*catalog, *self.reading.settled(feature, self.items.categories, statistics))

    def read_with(
        self,
        columns: Mapping[str, npt.NDArray[Any]],
        scope: Scope,
        name: str,
        rows: Any,
        items: Any,
        now: int,
        statistics: Mapping[str, Any] | None = None,
        history: History | None = None,
    ) -> Floats:
        """A feature whose own columns are not the state's: `columns` holds them ("recency.bought"), `rows` index them;
        else as the method of its scope reads it."""
        return self._read(scope, name, rows, items, now, statistics, history, columns)

    def popular(self, now: int, n: int, name: str = "popularity.month") -> tuple[Ints, Floats]:
        """The `n` listed items with the greatest feature, and its values; made anew once a second at most."""
        listed, bound = self.items.column("listed"), self._at_most(name)
        return self._tops.best(name, now, n, listed, lambda items: self.item_feature(name, items, now), bound)

    def trending(self, now: int, n: int) -> tuple[Ints, Floats]:
        """Listed items whose day is busier than their month."""
        return self.popular(now, n, "popularity.trend")

    def _at_most(self, name: str) -> Bound | None:
        """What an item feature never is above; None where it does not say."""
        feature, _, read = name.partition(".")
        most = self.features[feature].at_most.get(read)
        if most is None:
            return None
        value, last = (self.items.column(f"{feature}.{column}") for column in (most.value, most.last))
        return Bound(value, last, most.life, most.factor)

    def neighbours(self, item: int, group: str, now: int, n: int) -> tuple[Ints, Floats]:
        """The `n` listed items that shoppers bought ("purchase") or looked at ("view") together with this one.

        The score is the faded count of common acts over the root of the other's popularity (cosine, up to a factor).
        """
        if len(self._scratch) < len(self.items.ids):
            self._scratch = np.zeros(self.items.table.capacity, np.float32)
        at, _, shopper, _ = self.acts[group].of(item)
        owners = self.histories.blocks.owners.arrays
        rows = self.histories.blocks.rows.arrays
        touched = np.empty(MOST, np.int32)
        met = count_together(
            item,
            (at, shopper),
            owners["start"],
            owners["count"],
            (rows["at"], rows["other"], rows["kind"]),
            self._groups[group],
            WINDOW[group],
            now,
            self._scratch,
            touched,
        )
        items, counts = taken_out(self._scratch, touched[:met], self.items.column("listed"))
        found: tuple[Ints, Floats] = nearest_by(items, counts, self.item_feature("popularity.month", items, now), n)
        return found

    def goods(self) -> Goods:
        """The catalog for training."""
        return self.items.goods()
