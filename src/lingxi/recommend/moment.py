"""What is known while one slate is made: who asks, next to what, and what they did before."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import History
from lingxi.domain.slate import Query
from lingxi.features._feature import Scope
from lingxi.recommend._kernels import all_of, newest_of, place
from lingxi.recommend.memory import Version, begun
from lingxi.recommend.merchandising.standing import Standing, standing_of
from lingxi.recommend.parts import NOBODY, Bools, Floats, Ints
from lingxi.recommend.scene import Scene

if TYPE_CHECKING:
    from lingxi.state.shopper import ShopperView

T = TypeVar("T")
HOUR = 3_600_000_000
DAY = 24 * HOUR
NEVER_SEEN = (None, None)
EVER = -(1 << 62)
"""Before all acts, in µs."""
SEEDS = 8
"""Newest items acted on that lead to others."""
ACTS = 256
"""Newest acts that a slate reads."""
LATELY = 14 * DAY
LOOKED_AT = 20
LOOKING = np.isin(np.arange(32), [KIND_CODE[k] for k in ("view", "click", "add_to_cart", "like")])
"""By kind: did the act look at its item without buying it."""
WANTING = np.isin(np.arange(32), [KIND_CODE[k] for k in ("view", "click", "add_to_cart", "purchase", "like", "rate")])
"""By kind: does the act show interest in its item."""


class Moment:
    """One request being answered; `named` as its surface has it."""

    def __init__(self, query: Query, scene: Scene) -> None:
        self.query, self.scene, self.named = query, scene, True
        self.state, self.now, self.bundle = scene.state, scene.now, scene.bundle
        self.settings = scene.settings.of(query.surface)
        scene.memory.room(len(self.state.items.ids))
        number = self.state.items.number
        self.context = _numbers(query.items, number) if query.items else NOBODY
        self.view: ShopperView | None = None
        if query.user is not None or query.session is not None:
            self.view = scene.shopper(query.user, query.session)
        self._placed: tuple[Ints, Ints] | None = None
        self._listed: tuple[Ints, bool] | None = None
        bundle = self.bundle.id if self.bundle is not None else None
        # All who were never seen are one: what is kept for them depends on no act.
        who, seq = (NEVER_SEEN, 0) if self.view is None else (self._who(self.view), self.view.seq)
        self._hour = hour_of(*who, self.now)
        self.held: dict[str, Any] = scene.memory.shopper(who, seq, Version(self._hour, bundle))

    def _who(self, view: ShopperView) -> tuple[str | None, str | None]:
        """What the shopper is remembered by: a visit in which nothing was done yet tells nothing of a known user."""
        user, session = self.query.user, self.query.session
        return (user, None) if user is not None and session is not None and view.alone else (user, session)

    @cached_property
    def rules(self) -> Standing | None:
        """The merchant rules that hold for this request; None where there are none."""
        rules = self.state.rules if self.scene.rules is None else self.scene.rules
        return standing_of(self, rules) if rules.rules else None

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, made once for a shopper until their next act, a new bundle or the next hour."""
        held: T | None = self.held.get(name)
        if held is None:
            held = self.held[name] = make()
        return held

    def abreast(self, name: str, version: Hashable, make: Callable[[], T]) -> T:
        """The same, and made anew where the `version` is another: of the catalog, of what is asked for."""
        held: tuple[Hashable, T] | None = self.held.get(name)
        if held is None or held[0] != version:
            held = self.held[name] = (version, make())
        return held[1]

    def keep(self, name: str, items: Ints, make: Callable[[], Floats]) -> Floats:
        """What `make` gives for these candidates, kept as `once` does while they stay the same."""
        held: tuple[Ints, Floats] | None = self.held.get(name)
        if held is None or not np.array_equal(held[0], items):
            held = self.held[name] = (items, make())
        return held[1]

    @cached_property
    def history(self) -> History:
        """The shopper's newest acts; empty for a guest."""
        view = self.view
        return EMPTY if view is None else self.once("history", lambda: _copy(view.history(ACTS)))

    @property
    def own(self) -> Ints:
        """The items that the shopper has acted on or bought, of which the state keeps pairs."""
        return NOBODY if self.view is None else self.view.pair_items

    @property
    def cart(self) -> Ints:
        """What is in the cart that events tell of."""
        view = self.view
        return NOBODY if view is None else self.once("cart", lambda: view.cart(self.now).copy())

    @property
    def seeds(self) -> Ints:
        """The newest distinct items that the shopper showed interest in, newest first, at most SEEDS."""
        return self.once("seeds", lambda: newest(self.history, WANTING, SEEDS))

    @property
    def looked(self) -> Ints:
        """The newest distinct items looked at in LATELY, newest first, at most LOOKED_AT."""
        return self.once("looked", self._looked)

    def _looked(self) -> Ints:
        return newest(self.history, LOOKING, LOOKED_AT, self.hour - LATELY)

    @cached_property
    def hour(self) -> int:
        """The time that the shopper is read at."""
        return read_at(self.history, self._hour, self.now)

    def own_column(self, name: str, items: Ints) -> Floats:
        """A pair feature of each of `items` float32[m]; an item that the shopper never met is one never bought."""
        column: Floats = self.met(name).take(self.where_own(items), mode="wrap")
        return column

    def met(self, name: str) -> Floats:
        """A pair feature of each of `own`, and past the end, where a place of −1 reads, of all other items."""
        return self.once(f"met {name}", lambda: self._met(name))

    def _met(self, name: str) -> Floats:
        met = np.empty(len(self.own) + 1, dtype=np.float32)
        met[:-1] = self.pair(name)
        met[-1] = np.inf if name.startswith("recency.") else 0.0
        return met

    def feature(self, name: str, items: Ints) -> Floats:
        """A feature of any scope for each of `items`, float32[m]; one of the shopper or of the time is the same for
        all. Who was never seen has done nothing."""
        scope = scope_of(name)
        if scope == "item":
            return self.state.item_feature(name, items, self.now, self._statistics)
        if scope == "pair":
            return self.own_column(name, items)
        if scope == "history":
            if self.view is not None:
                return self.view.toward(name, items, self.now, self._statistics, self.history)
            return self.state.history_feature(name, self.history, NOBODY, items, self.now, self._statistics)
        if scope == "moment":
            return self.state.moment_feature(name, items, self.scene.local)
        view = self.view
        return np.full(len(items), 0.0 if view is None else view.feature(name, self.now), dtype=np.float32)

    @property
    def _statistics(self) -> Mapping[str, Any] | None:
        return None if self.bundle is None else self.bundle.statistics

    def pair(self, name: str) -> Floats:
        """A pair feature (`own_frequency.days_120`) of each of `own` at this `hour`, float32[len(own)]."""
        view = self.view
        return NONE if view is None else self.once(name, lambda: view.pair(name, self.hour))

    def own_where(self, keep: Bools) -> Ints:
        """The items of `own` that are chosen by `keep` bool[len(own)]."""
        return self.own[keep] if keep.any() else NOBODY

    @property
    def scratch(self) -> Ints:
        """int32 by item number, for a kernel to write in; what is in it means nothing."""
        return self.scene.memory.scratch

    def where_own(self, items: Ints) -> Ints:
        """The place of each item in `own`, int32[m]; −1 for one that is not there."""
        if self._placed is None or self._placed[0] is not items:
            self._placed = (items, place(items, self.own, self.scratch))
        return self._placed[1]

    def all_listed(self, items: Ints) -> bool:
        """Whether each of `items` is posted, visible and in stock, as nearly always all of them are."""
        if self._listed is None or self._listed[0] is not items:
            self._listed = (items, bool(all_of(self.state.items.column("listed"), items)))
        return self._listed[1]

    def outside(self, items: Ints, banned: Ints) -> Bools | None:
        """Which of `items` are not in `banned`; None where none is banned."""
        if not len(banned):
            return None
        marks = self.scene.memory.marks
        marks[banned] = True
        kept: Bools = ~marks[items]
        marks[banned] = False
        return kept

    def numbers(self, ids: tuple[str, ...]) -> Ints:
        """The numbers of the ids that the shop knows."""
        return _numbers(ids, self.state.items.number)


NONE: Floats = np.empty(0, dtype=np.float32)
OF_ACTS = tuple(each.name for each in fields(History))
EMPTY = History(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int8))


@cache
def scope_of(name: str) -> Scope:
    """What the feature of this read ("own_frequency.count") is a feature of.

    Raises:
        Unknown: there is no such feature.
    """
    scope: Scope = registry.load("features", name.partition(".")[0], "FEATURE").scope
    return scope


def is_own(name: str) -> bool:
    """Whether this is a read of a feature of the shopper with an item that they met."""
    return "." in name and scope_of(name) == "pair"


def hour_of(user: str | None, session: str | None, now: int) -> int:
    """When the shopper's hour that `now` (µs UTC) lies in began: what is remembered of them is made anew in the next.
    Each shopper has hours of their own, so that not all are made anew at once; a user the same in every visit."""
    return begun((session if user is None else user,), now, HOUR)


def read_at(history: History, hour: int, now: int) -> int:
    """The time that a shopper is read at `now` (µs UTC): the start of their `hour`, or the last act if that is later.
    What is kept for the hour so does not depend on which of its requests was the first."""
    return max(hour, min(now, int(history.at[-1]))) if len(history) else hour


def _copy(history: History) -> History:
    """The state's own arrays change with its next act."""
    return History(*(getattr(history, name).copy() for name in OF_ACTS))


def newest(history: History, kinds: Bools, n: int, since: int = EVER) -> Ints:
    """Distinct items of the acts of these kinds (bool by code) from `since` (µs UTC) on, newest first, at most `n`."""
    found: Ints = newest_of(history.item, history.kind, history.at, kinds, since, n)
    return found


def _numbers(ids: tuple[str, ...], number: Mapping[str, int]) -> npt.NDArray[np.int32]:
    found = [known for each in ids if (known := number.get(each)) is not None]
    return np.array(list(dict.fromkeys(found)), dtype=np.int32)
