"""The order of a slate as merchant rules demand it, and what of their demands it could not meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.merchandising import Unmet
from lingxi.recommend.memory import SETTLED
from lingxi.recommend.merchandising._kernels import PIN, SLOT, fill, outside, whole
from lingxi.recommend.merchandising.demands import Counting, Demands
from lingxi.recommend.merchandising.standing import Standing
from lingxi.recommend.parts import Bools, Floats, Ints

if TYPE_CHECKING:
    from lingxi.recommend.moment import Moment
    from lingxi.recommend.pool import Pool

TOLD: Final = 3
"""Names that a sentence about many tells."""
NOTHING: Final[Bools] = np.empty(0, dtype=np.bool_)
Places = npt.NDArray[np.intp]
Ordered = Callable[[Places], Places]
"""The best of some candidates, in the order that they would be shown in."""


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """`chosen` are the candidates that are shown, in order; `usual` those that would have been. One may stand in the
    place of another where both are `free` bool[m] and of the same `group` int32[quotas, m] of each quota. `labels` by
    candidate.

    The rest says who moved what: `how` int32[chosen] and `held` int32[m] as the kernel tells them, the rules (by their
    places) of its groups, of pins by candidate, of slots, and of what is buried.
    """

    chosen: Places
    usual: Places
    free: Bools
    group: Ints
    labels: dict[int, str]
    unmet: tuple[Unmet, ...]
    how: Ints
    held: Ints
    groups: Ints
    pinned: dict[int, int]
    slots: Sequence[tuple[int, str]]
    buried: Sequence[tuple[int, Bools]]

    def movers(self) -> Ints:
        """The place of the rule that moved each candidate, int32[m]; −1 for none."""
        mover = np.full(len(self.held), -1, dtype=np.int32)
        for rule, members in reversed(self.buried):
            mover[members] = rule
        if len(self.groups):
            back, kept = self.held >= 0, self.how >= 0
            mover[back] = self.groups[self.held[back]]
            mover[self.chosen[kept]] = self.groups[self.how[kept]]
        for place, kind in zip(self.chosen.tolist(), self.how.tolist(), strict=True):
            if kind <= PIN:
                mover[place] = self.pinned[place] if kind == PIN else self.slots[SLOT - kind][0]
        return mover


def arrange(
    moment: Moment, standing: Standing, pool: Pool, total: Floats, stayed: Bools, best: Ordered
) -> Arranged | None:
    """The slate's order where rules have a say in it, else None; `stayed` bool[m] are the candidates that may be
    shown."""
    demands = _demands(moment, standing, pool, stayed)
    if not demands.any:
        return None
    there = np.flatnonzero(stayed)
    order = usual = best(there)
    if demands.last is not None:
        order = best(there[~demands.last[there]])
    if demands.deep or len(order) < moment.query.n:
        order = whole(order, total, stayed, NOTHING if demands.last is None else demands.last)
    group, bounds = demands.groups, demands.bounds
    chosen, how, held, shown = fill(
        order, demands.fixed, demands.slot, demands.slots, demands.shy, group, bounds[0], bounds[1], bounds[2]
    )
    labels: dict[int, str] = {}
    if demands.labels:
        told = zip(chosen.tolist(), how.tolist(), strict=True)
        labels = {place: demands.labels[SLOT - kind][1] for place, kind in told if kind <= SLOT}
    return Arranged(
        chosen,
        usual,
        demands.free,
        group,
        labels,
        (*_unfilled(standing, demands, how), *_unmet(moment, standing, demands, shown, bounds)),
        how,
        held,
        demands.rules,
        demands.pinned,
        demands.labels,
        demands.buried,
    )


def _demands(moment: Moment, standing: Standing, pool: Pool, stayed: Bools) -> Demands:
    """What the rules demand, the first first."""
    demands = Demands(moment, pool, stayed)
    book = standing.book
    for place in standing.ordering:
        book.effects[place].order(book.rules[place], place, book.members(place, pool.items) & stayed, demands)
    return demands


def _unfilled(standing: Standing, demands: Demands, how: Ints) -> list[Unmet]:
    """Sponsored places on which none of their items could stand."""
    found, places, kinds = [], demands.slot.tolist(), how.tolist()
    for slot, (rule, _) in enumerate(demands.labels):
        kept, filled = places.count(slot), kinds.count(SLOT - slot)
        if filled < kept:
            why = f"{filled} of {kept} sponsored places filled: no more of its items may stand there"
            found.append(Unmet(standing.book.rules[rule].id, why))
    return found


def _unmet(moment: Moment, standing: Standing, demands: Demands, shown: Ints, bounds: Ints) -> list[Unmet]:
    """The quotas that the slate does not keep: `shown` int32[groups] are counted on the slate itself."""
    least, most, _ = bounds
    if not len(outside(shown, least, most)):
        return []
    found = []
    for each in demands.countings:
        here = shown[each.start : each.start + len(each.names)]
        said = _fewer(moment, each, here) + _more(moment, each, here)
        found += [Unmet(standing.book.rules[each.rule].id, why) for why in said]
    return found


def _fewer(moment: Moment, counting: Counting, shown: Ints) -> list[str]:
    """One sentence of a quota of which fewer are `shown` int32[groups] than it wants; where it counts several groups,
    of how many of them, and of none for having fewer candidates."""
    quota, names, where = counting.quota, counting.names, f"on the first {counting.quota.first} places"
    few = shown < (quota.least or 0)
    if not few.any():
        return []
    if quota.per is None:
        return [f"at least {quota.least} {where}: {shown[0]} shown, no more fit"]
    lacking = names[few & (shown < counting.sizes)].tolist()
    if not lacking:
        return []
    told = ", ".join(f"'{_name(moment, quota.per, number)}'" for number in lacking[:TOLD])
    more = f" and {len(lacking) - TOLD} more" if len(lacking) > TOLD else ""
    return [f"at least {quota.least} of each {quota.per} {where}: {len(lacking)} of {len(names)} lack, {told}{more}"]


def _more(moment: Moment, counting: Counting, shown: Ints) -> list[str]:
    """A sentence for each group of a quota of which more are `shown` int32[groups] than it allows."""
    quota = counting.quota
    if quota.most is None:
        return []
    found = []
    for group in np.flatnonzero(shown > quota.most).tolist():
        of = "" if quota.per is None else f" of {quota.per} '{_name(moment, quota.per, int(counting.names[group]))}'"
        where = f"on the first {quota.first} places"
        found.append(f"at most {quota.most}{of} {where}: {shown[group]} shown, nothing else was left")
    return found


def _name(moment: Moment, per: str, number: int) -> str:
    """What a brand, category or seller is called."""
    items = moment.state.items
    known = {"category": items.categories, "brand": items.brand_number, "seller": items.seller_number}[per]
    names: list[str] = moment.scene.memory.list(("names", per, len(known)), moment.now, partial(list, known), SETTLED)
    return names[number]
