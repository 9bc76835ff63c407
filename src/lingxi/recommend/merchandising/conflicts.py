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
    """A rule with its times and the numbers of its items, int32[k]; `wanted` is how many a quota wants of them, 0 for
    any other effect."""

    rule: MerchantRule
    times: Times
    items: Ints
    wanted: int

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
        _side(rule, times_of(rule.schedule, timezone), selected(state, rule.items, every), state)
        for rule in rules
        if isinstance(rule.effect, Pin | Block | Bury | Quota | Sponsored)
    ]
    for one, other in combinations(sides, 2):
        found = [*_same_place(one, other), *_against(one, other, state), *_against(other, one, state)]
        # Most pairs have nothing to do with each other: that is seen sooner than when they hold.
        if found and together(one, other):
            yield from found
    yield from _crowded(sides)


def _side(rule: MerchantRule, times: Times, items: Ints, state: State) -> Side:
    wanted = wanted_of(rule.effect, items, state) if isinstance(rule.effect, Quota) else 0
    return Side(rule, times, items, wanted)


def wanted_of(quota: Quota, items: Ints, state: State) -> int:
    """How many items a quota wants at least; of each brand, category or seller among `items` int32[k] no more than it
    has."""
    if not quota.least or quota.per is None:
        return quota.least or 0
    return int(np.minimum(_sizes(state.items.column(quota.per)[items]), quota.least).sum())


def _sizes(group: Ints) -> Ints:
    """How many are of each group, int32[groups]; those below 0 are of none."""
    return np.bincount(group[group >= 0]).astype(np.int32)


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
    if one.wanted and left < min(one.wanted, len(one.items)):
        yield f"'{one.rule.id}' wants at least {one.wanted} of items of which '{block.rule.id}' leaves {left}"


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
    if not least.wanted or not isinstance(most.effect, Quota) or most.effect.most is None:
        return
    if least.effect.first > most.effect.first or not len(least.items) or not np.isin(least.items, most.items).all():
        return
    wanted, allowed, per = min(least.wanted, least.effect.first), most.effect.most, most.effect.per
    if per is None:
        groups = 1
    else:
        known = state.items.column(per)[least.items]
        groups = int(np.count_nonzero(_sizes(known)))
        if per == least.effect.per and least.effect.least > allowed and (_sizes(known) > allowed).any():
            wanted, groups = least.effect.least, 1  # whatever the others are
        elif (known < 0).any():
            return
    if wanted > allowed * groups:
        yield f"'{least.rule.id}' wants at least {wanted} of items of which '{most.rule.id}' allows {allowed * groups}"


def _too_many(quota: Side, pin: Side, state: State) -> Iterator[str]:
    """Pins that a quota has no room for, or that leave it none."""
    if not (isinstance(quota.effect, Quota) and isinstance(pin.effect, Pin)):
        return
    effect, places = quota.effect, [(at, name) for at, name in pin.places.items() if at <= quota.effect.first]
    numbers = np.array([state.items.number.get(name, -1) for _, name in places], dtype=np.int32)
    inside = numbers[np.isin(numbers, quota.items)]
    group = np.zeros_like(inside) if effect.per is None else state.items.column(effect.per)[inside]
    pinned = _sizes(group)
    if effect.most is not None and pinned.max(initial=0) > effect.most:
        yield f"'{pin.rule.id}' pins {pinned.max()} of items of which '{quota.rule.id}' allows {effect.most}"
    lacking = quota.wanted - int(np.minimum(pinned, effect.least or 0).sum())
    # What has no room even without the pins is told of the quota alone.
    if effect.first >= quota.wanted and lacking > effect.first - len(places):
        where = f"on the first {effect.first} places"
        yield f"'{pin.rule.id}' leaves no room {where} for the {quota.wanted} of '{quota.rule.id}'"


def _crowded(sides: Sequence[Side]) -> Iterator[str]:
    """Quotas that want more of different items than there are places."""
    for one, other in combinations([side for side in sides if side.wanted], 2):
        first = max(one.effect.first, other.effect.first)
        wanted = sum(min(each.wanted, each.effect.first) for each in (one, other))
        if wanted > first and together(one, other) and not len(np.intersect1d(one.items, other.items)):
            yield f"'{one.rule.id}' and '{other.rule.id}' want {wanted} items on the first {first} places"
