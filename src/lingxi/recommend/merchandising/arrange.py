"""The order of a slate as merchant rules demand it, and what of their demands it could not meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lingxi.domain.merchandising import Unmet
from lingxi.recommend.merchandising._kernels import PIN, SLOT, fill
from lingxi.recommend.merchandising.demands import ANY, Demands
from lingxi.recommend.merchandising.standing import Standing
from lingxi.recommend.parts import Bools, Floats, Ints

if TYPE_CHECKING:
    from lingxi.recommend.moment import Moment
    from lingxi.recommend.pool import Pool

Places = npt.NDArray[np.intp]
Ordered = Callable[[Places], Places]
"""The best of some candidates, in the order that they would be shown in."""


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """`chosen` are the candidates that are shown, in order; `order` is the order that they would have had. `mover`
    int32[m] is the place of the rule that moved a candidate, −1 for none. `labels` by candidate; `n` were asked for."""

    chosen: Places
    order: Places
    mover: Ints
    labels: dict[int, str]
    unmet: tuple[Unmet, ...]
    n: int


def arrange(moment: Moment, standing: Standing, pool: Pool, total: Floats, stayed: Bools, best: Ordered) -> Arranged:
    """The slate's order where rules have a say in it; `stayed` bool[m] are the candidates that may be shown."""
    demands = _demands(moment, standing, pool, stayed)
    there, n = np.flatnonzero(stayed), moment.query.n
    mover = np.full(len(stayed), -1, dtype=np.int32)
    order = usual = _whole(pool.items, total, there, best)
    if not demands.any:
        return Arranged(usual[:n], usual, mover, {}, (), n)
    if demands.last.any():
        front = _whole(pool.items, total, there[~demands.last[there]], best)
        order = np.concatenate([front, usual[demands.last[usual]]])
    bounds = demands.bounds()
    chosen, how, held = fill(order, demands.fixed, demands.slot, demands.slots, demands.shy, *bounds)
    labels = _blame(mover, demands, (chosen, how, held))
    unmet = (*_unfilled(standing, demands, how), *_unmet(moment, standing, demands, chosen))
    return Arranged(chosen, usual, mover, labels, unmet, n)


def _demands(moment: Moment, standing: Standing, pool: Pool, stayed: Bools) -> Demands:
    """What the rules demand, the first first."""
    demands = Demands(moment, pool, stayed, moment.query.n)
    marks, book = standing.marks(pool.items), standing.book
    for place in standing.ordering:
        book.effects[place].order(book.rules[place], place, book.about(place, marks) & stayed, demands)
    return demands


def _whole(items: Ints, total: Floats, there: Places, best: Ordered) -> Places:
    """All of `there`: first what would be shown, then the rest by score; among equals by item number."""
    first = best(there)
    rest = np.setdiff1d(there, first, assume_unique=True)
    return np.concatenate([first, rest[np.lexsort((items[rest], -total[rest]))]])


def _blame(mover: Ints, demands: Demands, filled: tuple[Places, Ints, Ints]) -> dict[int, str]:
    """Says in `mover` which rule moved each candidate; returns the labels."""
    for rule, members in reversed(demands.buried):
        mover[members] = rule
    chosen, how, held = filled
    groups = np.repeat([each.rule for each in demands.countings], [len(each.names) for each in demands.countings])
    if len(groups):
        back, kept = held >= 0, how >= 0
        mover[back] = groups[held[back]]
        mover[chosen[kept]] = groups[how[kept]]
    labels: dict[int, str] = {}
    for place, kind in zip(chosen.tolist(), how.tolist(), strict=True):
        if kind == PIN:
            mover[place] = demands.pinned[place]
        elif kind <= SLOT:
            mover[place], labels[place] = demands.labels[SLOT - kind]
    return labels


def _unfilled(standing: Standing, demands: Demands, how: Ints) -> list[Unmet]:
    """Sponsored places on which none of their items could stand."""
    found = []
    for slot, (rule, _) in enumerate(demands.labels):
        kept, filled = int((demands.slot == slot).sum()), int((how == SLOT - slot).sum())
        if filled < kept:
            why = f"{filled} of {kept} sponsored places filled: no more of its items may stand there"
            found.append(Unmet(standing.book.rules[rule].id, why))
    return found


def _unmet(moment: Moment, standing: Standing, demands: Demands, chosen: Places) -> tuple[Unmet, ...]:
    """The quotas that the slate does not keep, counted on the slate itself."""
    found: list[Unmet] = []
    for counting in demands.countings:
        quota, of = counting.quota, counting.of[chosen[: counting.quota.first]]
        shown = np.bincount(of[of >= 0] - counting.start, minlength=len(counting.names))
        few = shown < (quota.least or 0)
        many = shown > ANY if quota.most is None else shown > quota.most
        for group in np.flatnonzero(few | many).tolist():
            bound = f"at least {quota.least}" if few[group] else f"at most {quota.most}"
            whose = _named(moment, quota.per, int(counting.names[group]))
            why = f"{bound}{whose} on the first {quota.first} places: {shown[group]} shown, no more fit"
            if many[group]:
                why = why.replace("no more fit", "nothing else was left")
            found.append(Unmet(standing.book.rules[counting.rule].id, why))
    return tuple(found)


def _named(moment: Moment, per: str | None, number: int) -> str:
    """Of which brand, category or seller."""
    items = moment.state.items
    if per is None:
        return ""
    if per == "category":
        return f" of category '{items.categories[number]}'"
    known = items.brand_number if per == "brand" else items.seller_number
    return f" of {per} '{next(name for name, no in known.items() if no == number)}'"
