"""Merchant rules that cannot all be kept: each pair by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from lingxi.domain.merchandising import Block, Bury, MerchantRule, Pin, Quota, Shoppers, Sponsored
from lingxi.recommend.merchandising.schedule import Times, meet, times_of
from lingxi.recommend.merchandising.selection import everything, selected
from lingxi.recommend.parts import Ints

if TYPE_CHECKING:
    from lingxi.state.state import State


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A rule with its times and the numbers of its items, int32[k]."""

    rule: MerchantRule
    times: Times
    items: Ints

    @property
    def effect(self) -> Any:
        """Its effect."""
        return self.rule.effect

    @property
    def places(self) -> dict[int, str]:
        """The places that it takes, with the item of each where it is pinned there."""
        if isinstance(self.effect, Pin):
            return dict(enumerate(self.rule.items.ids, start=self.effect.position))
        return dict.fromkeys(self.effect.positions, "") if isinstance(self.effect, Sponsored) else {}


def conflicts(rules: Sequence[MerchantRule], state: State, timezone: str) -> Iterator[str]:
    """A sentence for each, of rules that hold on one surface, at one time, for one shopper."""
    every = everything(state)
    sides = [
        Side(rule, times_of(rule.schedule, timezone), selected(state, rule.items, every))
        for rule in rules
        if isinstance(rule.effect, Pin | Block | Bury | Quota | Sponsored)
    ]
    for one, other in combinations(sides, 2):
        found = [*_same_place(one, other), *_against(one, other, state), *_against(other, one, state)]
        # Most pairs have nothing to do with each other: that is seen sooner than when they hold.
        if found and together(one, other):
            yield from found
    yield from _crowded(sides, state)


def _against(one: Side, other: Side, state: State) -> Iterator[str]:
    """What the first wants, and the second does not allow."""
    yield from _blocked(one, other, state)
    yield from _buried(one, other)
    yield from _too_many(one, other, state)
    yield from _too_many_paid(one, other)
    yield from _above(one, other, state)


def together(one: Side, other: Side) -> bool:
    """Whether both can hold for one request."""
    surfaces = (
        not one.rule.surfaces or not other.rule.surfaces or not {*one.rule.surfaces}.isdisjoint(other.rule.surfaces)
    )
    return surfaces and _shared(one.rule.shoppers, other.rule.shoppers) and meet(one.times, other.times)


def _shared(one: Shoppers, other: Shoppers) -> bool:
    """Whether a shopper can be meant by both."""
    for mine, theirs in ((one.regions, other.regions), (one.channels, other.channels)):
        if mine and theirs and {*mine}.isdisjoint(theirs):
            return False
    if any(other.traits.get(name, value) != value for name, value in one.traits.items()):
        return False
    oldest = min(120 if each.age_max is None else each.age_max for each in (one, other))
    return max(one.age_min or 0, other.age_min or 0) <= oldest


def _blocked(one: Side, block: Side, state: State) -> Iterator[str]:
    """What is to be shown, and must not be."""
    if not isinstance(block.effect, Block):
        return
    if isinstance(one.effect, Pin):
        gone = {state.items.ids[no] for no in np.intersect1d(one.items, block.items).tolist()}
        for name in one.rule.items.ids:
            if name in gone or name in block.rule.items.ids:
                yield f"'{one.rule.id}' pins item '{name}', which '{block.rule.id}' blocks: it is not shown"
        return
    left = len(np.setdiff1d(one.items, block.items))
    if isinstance(one.effect, Sponsored) and len(one.items) and not left:
        yield f"'{one.rule.id}' keeps places for items all of which '{block.rule.id}' blocks: others stand there"
    wanted = _least(one, state)
    if wanted and left < min(wanted, len(one.items)):
        yield f"'{one.rule.id}' wants at least {wanted} of items of which '{block.rule.id}' leaves {left}"


def _buried(pin: Side, bury: Side) -> Iterator[str]:
    """An item that both name; one of a category that is buried may well be the one to show."""
    if isinstance(pin.effect, Pin) and isinstance(bury.effect, Bury):
        for name in (each for each in pin.rule.items.ids if each in bury.rule.items.ids):
            yield f"'{pin.rule.id}' pins item '{name}', which '{bury.rule.id}' buries: it stands where it is pinned"


def _too_many_paid(quota: Side, paid: Side) -> Iterator[str]:
    """More places kept for items than there may be of them."""
    if not (isinstance(quota.effect, Quota) and isinstance(paid.effect, Sponsored)) or quota.effect.most is None:
        return
    kept = sum(place <= quota.effect.first for place in paid.effect.positions)
    if (
        quota.effect.per is None
        and kept > quota.effect.most
        and len(paid.items)
        and np.isin(paid.items, quota.items).all()
    ):
        yield f"'{paid.rule.id}' keeps {kept} places for items of which '{quota.rule.id}' allows {quota.effect.most}"


def _same_place(one: Side, other: Side) -> Iterator[str]:
    for place in sorted(one.places.keys() & other.places.keys()):
        yield f"'{one.rule.id}' and '{other.rule.id}' both want place {place}: the first of them gets it"
    if isinstance(one.effect, Pin) and isinstance(other.effect, Pin):
        for name in one.rule.items.ids:
            if name in other.rule.items.ids:
                yield f"'{one.rule.id}' and '{other.rule.id}' both pin item '{name}': the first has it"


def _above(least: Side, most: Side, state: State) -> Iterator[str]:
    """At least so many of items of which at most fewer may be."""
    if not (isinstance(least.effect, Quota) and isinstance(most.effect, Quota)):
        return
    wanted, allowed = _least(least, state), most.effect.most
    inside = len(least.items) and np.isin(least.items, most.items).all()
    if not wanted or allowed is None or not inside or least.effect.first > most.effect.first:
        return
    per = most.effect.per
    groups = groups_of(per, least.items, state)
    unnamed = per is not None and (state.items.column(per)[least.items] < 0).any()
    if wanted > allowed * groups and not unnamed:
        yield f"'{least.rule.id}' wants at least {wanted} of items of which '{most.rule.id}' allows {allowed * groups}"


def _too_many(quota: Side, pin: Side, state: State) -> Iterator[str]:
    """Pins that a quota has no room for, or that leave it none."""
    if not (isinstance(quota.effect, Quota) and isinstance(pin.effect, Pin)):
        return
    effect = quota.effect
    numbers = [state.items.number.get(name, -1) for at, name in pin.places.items() if at <= effect.first]
    counted = np.isin(np.array(numbers, dtype=np.int32), quota.items)
    inside = np.array(numbers, dtype=np.int32)[counted]
    if effect.per is None:
        most = len(inside)
    else:
        known = state.items.column(effect.per)[inside]
        most = int(np.bincount(known[known >= 0], minlength=1).max())
    if effect.most is not None and most > effect.most:
        yield f"'{pin.rule.id}' pins {most} of items of which '{quota.rule.id}' allows {effect.most}"
    wanted = _least(quota, state)
    if wanted and effect.first - (len(numbers) - len(inside)) < wanted:
        where = f"on the first {effect.first} places"
        yield f"'{pin.rule.id}' leaves no room {where} for the {wanted} of '{quota.rule.id}'"


def groups_of(per: str | None, items: Ints, state: State) -> int:
    """How many brands, categories or sellers these items have; without `per` they are one group."""
    if per is None:
        return 1
    known = state.items.column(per)[items]
    return len(np.unique(known[known >= 0]))


def _least(side: Side, state: State) -> int:
    """How many items a quota wants at least, no more than it has places for; 0 for any other effect."""
    if not isinstance(side.effect, Quota) or not side.effect.least:
        return 0
    return int(min(side.effect.least * groups_of(side.effect.per, side.items, state), side.effect.first))


def _crowded(sides: Sequence[Side], state: State) -> Iterator[str]:
    """Quotas that want more of different items than there are places."""
    least = [side for side in sides if _least(side, state)]
    for one, other in combinations(least, 2):
        first = max(one.effect.first, other.effect.first)
        wanted = _least(one, state) + _least(other, state)
        if wanted > first and together(one, other) and not len(np.intersect1d(one.items, other.items)):
            yield f"'{one.rule.id}' and '{other.rule.id}' want {wanted} items on the first {first} places"
