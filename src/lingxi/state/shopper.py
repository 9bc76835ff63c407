"""What is known of one shopper, read for a request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import History

if TYPE_CHECKING:
    from lingxi.state.state import State

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


class ShopperView:
    """Reads of one shopper (user, or session of a guest) at one moment; valid until the state takes the next change.

    A query with a user and a session sees the histories of both; pair features are the user's own, and the session's
    where there is no user yet.
    """

    def __init__(self, state: State, no: int, session: int = -1) -> None:
        self._state = state
        self.no = no
        self.session = session if session != no else -1
        state.keeper.keep_one(no)
        self._place = state.pairs.blocks.slice(no)

    @property
    def id(self) -> str:
        """`u:…` or `s:…`."""
        return self._state.shopper_ids[self.no]

    @property
    def alone(self) -> bool:
        """Whether it reads a user, and no session beside."""
        return self.session < 0 and self.id.startswith("u:")

    @property
    def seq(self) -> int:
        """The last change about this shopper: what a cached answer depends on."""
        seqs = self._state.shoppers.arrays["seq"]
        own = int(seqs[self.no])
        return own if self.session < 0 else max(own, int(seqs[self.session]))

    def history(self, n: int = 512) -> History:
        """The newest `n` acts (impressions are none), oldest first. Views while no session is joined."""
        acts = self._state.histories.of(self.no)
        if self.session >= 0:
            joined = zip(acts, self._state.histories.of(self.session), strict=True)
            both = [np.concatenate(pair) for pair in joined]
            order = np.lexsort((both[1], both[0]))
            acts = tuple(column[order] for column in both)
        at, _, other, kind, rated = (column[-n:] for column in acts)
        item, query = self._state.queries.told(other)
        return History(at, item, kind, query, rated, self._state.traits.of(self.no))

    @cached_property
    def pair_items(self) -> Ints:
        """Items that this shopper ever met, int32[m]: the rows of every pair read."""
        return self._state.pairs.blocks.rows.arrays["item"][self._place]

    def pair(self, name: str, now: int) -> Floats:
        """A pair feature ("own_frequency.days_120") over `pair_items`, float32[m]."""
        return self._state.pair_feature(name, self._place, self.pair_items, now)

    @cached_property
    def numbers(self) -> Ints:
        """The numbers of the user and the session, int32[1 or 2]."""
        return np.array([self.no] if self.session < 0 else [self.no, self.session], np.int32)

    def toward(
        self,
        name: str,
        items: npt.NDArray[np.integer[Any]],
        now: int,
        statistics: Mapping[str, Any] | None = None,
        history: History | None = None,
    ) -> Floats:
        """A history feature ("brand_affinity.share") of these items, float32[len(items)]; of `history`, if given."""
        read = self.history() if history is None else history
        return self._state.history_feature(name, read, self.numbers, items, now, statistics)

    def cart(self, now: int) -> Ints:
        """Items in the cart."""
        return self.pair_items[self.pair("standing.in_cart", now) > 0]

    def recent(self, kinds: tuple[str, ...], n: int) -> Ints:
        """The last `n` distinct items of these kinds of acts, newest first."""
        history = self.history()
        codes = [KIND_CODE[kind] for kind in kinds]
        items = history.item[np.isin(history.kind, codes) & (history.item >= 0)][::-1]
        _, first = np.unique(items, return_index=True)
        return np.asarray(items[np.sort(first)[:n]], np.int32)

    def feature(self, name: str, now: int) -> float:
        """A shopper feature ("activity.idle")."""
        return float(self._state.shopper_feature(name, np.array([self.no]), now)[0])


def positions(view: ShopperView, items: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """For each item its row in `view.pair_items`, −1 where the shopper never met it; int64[len(items)]."""
    met = view.pair_items
    if not len(met):
        return np.full(len(items), -1, np.int64)
    order = np.argsort(met, kind="stable")
    place = np.searchsorted(met, items, sorter=order)
    place[place == len(met)] = 0
    row = order[place]
    return np.where(met[row] == items, row, -1)
