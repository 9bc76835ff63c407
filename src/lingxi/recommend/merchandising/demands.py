"""What the merchant rules in force demand of one slate's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.merchandising import Quota
from lingxi.recommend.merchandising._kernels import distinct
from lingxi.recommend.parts import Bools, Ints

if TYPE_CHECKING:
    from lingxi.recommend.moment import Moment
    from lingxi.recommend.pool import Pool

ANY: Final = 1 << 30
ALL: Final = np.array([-1], dtype=np.int32)
NONE: Ints = np.empty(0, dtype=np.int32)
NO_PLACES = np.empty(0, dtype=np.intp)
SOURCE: Final = "merchant"
"""The source of what the rules themselves bring."""


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """One quota: `of` int32[m] is the group of each candidate (−1: none), numbered through all quotas. `names` are the
    numbers of their brands, categories or sellers; −1 where all the items are one group."""

    rule: int
    quota: Quota
    of: Ints
    names: Ints


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
        self.last: Bools | None = None
        self.buried: list[tuple[int, Bools]] = []
        self.countings: list[Counting] = []
        self._wanted: list[Bools] = []

    @property
    def any(self) -> bool:
        """Whether anything is demanded."""
        return bool(self.pinned or self._wanted or self.buried or self.countings)

    @property
    def deep(self) -> bool:
        """Whether candidates may come up that would not have been shown."""
        return bool(self._wanted or self.countings)

    def places_of(self, ids: Sequence[str], members: Bools) -> list[int]:
        """Where the items of these ids stand among the candidates, in their order; those that may be shown alone."""
        there = np.flatnonzero(members)
        place = dict(zip(self._pool.items[there].tolist(), there.tolist(), strict=True))
        numbers = self._moment.numbers(tuple(ids)).tolist()
        return [place[no] for no in numbers if no in place]

    def pin(self, rule: int, position: int, places: Sequence[int]) -> None:
        """Puts candidates at `position`, from 1, and behind it; a place that is taken leaves the next one."""
        at = position - 1
        for place in places:
            while at < len(self.fixed) and self.fixed[at] >= 0:
                at += 1
            if at >= len(self.fixed):
                return
            if place not in self.pinned:
                self.fixed[at] = place
                self.pinned[place] = rule
                at += 1

    def sponsor(self, rule: int, positions: Sequence[int], members: Bools, label: str) -> None:
        """Keeps places, from 1, for the best of `members`, of whom there may be none."""
        free = [each - 1 for each in positions if each <= len(self.slot) and self.slot[each - 1] < 0]
        if not free:
            return
        self.slot[free] = len(self._wanted)
        self._wanted.append(members)
        self.labels.append((rule, label))
        alone = self._alone
        self.shy[alone] |= members[alone]

    @cached_property
    def _alone(self) -> npt.NDArray[np.intp]:
        """The candidates that no other source proposes."""
        if SOURCE not in self._pool.names:
            return NO_PLACES
        own: npt.NDArray[np.intp] = self._pool.places[SOURCE].astype(np.intp)
        alone: Bools = np.isfinite(self._pool.log_rank[:, own]).sum(axis=0) == 1
        return own[alone]

    def bury(self, rule: int, members: Bools) -> None:
        """Puts candidates behind all others."""
        if members.any():
            self.last = members if self.last is None else self.last | members
            self.buried.append((rule, members))

    def count(self, rule: int, members: Bools, quota: Quota) -> None:
        """Counts candidates on the first places."""
        start = sum(len(each.names) for each in self.countings)
        of = np.full(len(members), -1, dtype=np.int32)
        if quota.per is None:
            of[members], names = start, ALL
        else:
            numbers = self._moment.state.items.column(quota.per).take(self._pool.items)
            memory = self._moment.scene.memory
            memory.room(int(numbers.max(initial=-1)) + 1)
            names = distinct(numbers, members, memory.scratch, start, of)
        self.countings.append(Counting(rule, quota, of, names))

    @property
    def slots(self) -> Bools:
        """Whom each sponsored place is kept for, bool[s, m]."""
        return np.stack(self._wanted) if self._wanted else np.zeros((0, len(self.stayed)), dtype=np.bool_)

    @property
    def free(self) -> Bools:
        """The candidates that may be shown and have no place of their own: not pinned, sponsored or buried; bool[m]."""
        free = self.stayed & ~self.shy
        free[list(self.pinned)] = False
        for members in (*self._wanted, *(each for _, each in self.buried)):
            free &= ~members
        return free

    @cached_property
    def rules(self) -> Ints:
        """The rule of each group, int32[groups]."""
        return self._of_groups([each.rule for each in self.countings])

    def bounds(self) -> tuple[Ints, ...]:
        """`group`, `least`, `most`, `first` as the kernel takes them."""
        if not self.countings:
            return np.empty((0, len(self.stayed)), dtype=np.int32), NONE, NONE, NONE
        quotas = [each.quota for each in self.countings]
        return (
            np.stack([each.of for each in self.countings]),
            self._of_groups([each.least or 0 for each in quotas]),
            self._of_groups([ANY if each.most is None else each.most for each in quotas]),
            self._of_groups([each.first for each in quotas]),
        )

    def _of_groups(self, values: list[int]) -> Ints:
        """A value of each quota, for each of its groups."""
        return np.repeat(np.array(values, dtype=np.int32), [len(each.names) for each in self.countings])
