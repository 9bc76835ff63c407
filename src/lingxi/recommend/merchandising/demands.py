"""What the merchant rules in force demand of one slate's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lingxi.domain.merchandising import Quota
from lingxi.recommend._kernels import place
from lingxi.recommend.merchandising._kernels import distinct, shy_of
from lingxi.recommend.parts import Bools, Ints

if TYPE_CHECKING:
    from lingxi.recommend.moment import Moment
    from lingxi.recommend.pool import Pool

ANY: Final = 1 << 30
ALL: Final = np.array([-1], dtype=np.int32)
SOURCE: Final = "merchant"
"""The source of what the rules themselves bring."""


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """One quota: `of` int32[m] is the group of each candidate (−1: none), numbered from `start` on through all quotas.
    `names` are the numbers of their brands, categories or sellers; −1 where all the items are one group."""

    rule: int
    quota: Quota
    of: Ints
    names: Ints
    start: int

    @property
    def sizes(self) -> Ints:
        """How many candidates each group has, int32[groups]."""
        sizes: Ints = np.bincount(self.of[self.of >= 0] - self.start, minlength=len(self.names)).astype(np.int32)
        return sizes


class Demands:
    """Collected rule by rule; places count from 0 here, rules are their places in the set. `stayed` bool[m] are the
    candidates that may be shown; the other arrays are the kernel's (`_kernels.fill`)."""

    def __init__(self, moment: Moment, pool: Pool, stayed: Bools) -> None:
        self._moment, self._pool, self.stayed = moment, pool, stayed
        self.fixed = np.full(moment.query.n, -1, dtype=np.int64)
        self.pinned: dict[int, int] = {}
        self.slot = np.full(moment.query.n, -1, dtype=np.int32)
        self.labels: list[tuple[int, str]] = []
        self.shy = np.zeros(len(stayed), dtype=np.bool_)
        self._taken = np.zeros(len(stayed), dtype=np.bool_)
        self.last: Bools | None = None
        self.buried: list[tuple[int, Bools]] = []
        self.countings: list[Counting] = []
        self._wanted: list[Bools] = []

    @property
    def any(self) -> bool:
        """Whether anything is demanded."""
        return bool(self.pinned or self._wanted or self.buried or self.countings or self.shy.any())

    @property
    def deep(self) -> bool:
        """Whether candidates may come up that would not have been shown."""
        return bool(self._wanted or self.countings)

    def places_of(self, ids: Sequence[str], members: Bools) -> list[int]:
        """Where the items of these ids stand among the candidates, in their order; those that may be shown alone."""
        places = place(self._moment.numbers(tuple(ids)), self._pool.items, self._moment.scratch)
        return [each for each in places.tolist() if each >= 0 and members[each]]

    def pin(self, rule: int, position: int, places: Sequence[int]) -> None:
        """Puts candidates at `position`, from 1, and behind it; a place that is taken leaves the next one."""
        at = position - 1
        for each in places:
            while at < len(self.fixed) and self.fixed[at] >= 0:
                at += 1
            if at >= len(self.fixed):
                return
            if each not in self.pinned:
                self.fixed[at] = each
                self.pinned[each] = rule
                self._taken[each] = True
                at += 1

    def sponsor(self, rule: int, positions: Sequence[int], members: Bools, label: str) -> None:
        """Keeps places, from 1, for the best of `members`, of whom there may be none. Those whom no other source
        proposes stand on no other place, though the slate may be too short for their own."""
        if SOURCE in self._pool.names:
            shy_of(self._pool.log_rank, self._pool.places[SOURCE], members, self.shy)
        free = [each - 1 for each in positions if each <= len(self.slot) and self.slot[each - 1] < 0]
        if not free:
            return
        self.slot[free] = len(self._wanted)
        self._wanted.append(members)
        self._taken |= members
        self.labels.append((rule, label))

    def bury(self, rule: int, members: Bools) -> None:
        """Puts candidates behind all others."""
        if members.any():
            self.last = members if self.last is None else self.last | members
            self._taken |= members
            self.buried.append((rule, members))

    def count(self, rule: int, members: Bools, quota: Quota) -> None:
        """Counts candidates on the first places."""
        start = sum(len(each.names) for each in self.countings)
        if quota.per is None:
            of, names = np.where(members, np.int32(start), np.int32(-1)), ALL
        else:
            goods, memory = self._moment.state.items, self._moment.scene.memory
            memory.room(goods.numbered(quota.per))
            of, names = distinct(goods.column(quota.per), self._pool.items, members, memory.scratch, start)
        self.countings.append(Counting(rule, quota, of, names, start))

    @property
    def slots(self) -> Bools:
        """Whom each sponsored place is kept for, bool[s, m]."""
        slots: Bools = _rows(self._wanted, len(self.stayed), np.bool_)
        return slots

    @property
    def free(self) -> Bools:
        """The candidates that may be shown and have no place of their own: not pinned, sponsored or buried; bool[m]."""
        free: Bools = self.stayed & ~(self.shy | self._taken)
        return free

    @cached_property
    def rules(self) -> Ints:
        """The rule of each group, int32[groups]."""
        rules: Ints = self._of_groups([[each.rule for each in self.countings]])[0]
        return rules

    @property
    def groups(self) -> Ints:
        """The group of each candidate in each quota, int32[quotas, m]."""
        groups: Ints = _rows([each.of for each in self.countings], len(self.stayed), np.int32)
        return groups

    @property
    def bounds(self) -> Ints:
        """`least`, `most` and `first` of each group, int32[3, groups]."""
        quotas = [each.quota for each in self.countings]
        most = [ANY if each.most is None else each.most for each in quotas]
        return self._of_groups([[each.least or 0 for each in quotas], most, [each.first for each in quotas]])

    def _of_groups(self, values: list[list[int]]) -> Ints:
        """Values of each quota [k][quotas], for each of its groups: int32[k, groups]."""
        sizes = [len(each.names) for each in self.countings]
        found: Ints = np.repeat(np.array(values, dtype=np.int32), sizes, axis=1)
        return found


def _rows(each: list[Any], size: int, dtype: Any) -> Any:
    """Arrays [size] as the rows of one, of which there may be none."""
    if len(each) == 1:
        return each[0][None]
    return np.stack(each) if each else np.empty((0, size), dtype=dtype)
