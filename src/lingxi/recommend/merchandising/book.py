"""A set of merchant rules, compiled: one bit an item and rule, kept abreast of the catalog."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.merchandising import MerchantRule, RuleSet
from lingxi.recommend.merchandising._kernels import marked
from lingxi.recommend.merchandising.audience import Audience, audience_of
from lingxi.recommend.merchandising.effects._effect import Effect
from lingxi.recommend.merchandising.schedule import MINUTE, times_of
from lingxi.recommend.merchandising.selection import Selector, everything
from lingxi.recommend.parts import Bools, Ints

if TYPE_CHECKING:
    from lingxi.state.state import State

T = TypeVar("T")
BITS: Final = 64
KEPT: Final = 1_024
ONE: Final = np.uint64(1)
Words = npt.NDArray[np.uint64]
Timely = tuple[tuple[int, ...], tuple[int, ...]]


class Book:
    """Belongs to the thread that owns the state. `marks` uint64[items, words]: bit r says that rule r is about the
    item; `serial` names the book in keys."""

    def __init__(self, rules: RuleSet, timezone: str) -> None:
        self.rules: tuple[MerchantRule, ...] = rules.rules
        self.effects = [effect_of(rule) for rule in self.rules]
        self.audiences: list[Audience | None] = [audience_of(rule.shoppers) for rule in self.rules]
        self.serial = object()
        self.marks: Words = np.zeros((0, -(-len(self.rules) // BITS)), dtype=np.uint64)
        self._times = [times_of(rule.schedule, timezone) for rule in self.rules]
        self._selectors = [Selector(rule.items) for rule in self.rules]
        self._masks = [self.mask((place,)) for place in range(len(self.rules))]
        self._posts = -1
        self._now: dict[str, tuple[int, Timely]] = {}
        self._made: OrderedDict[Hashable, Any] = OrderedDict()

    def refresh(self, state: State) -> None:
        """Reads what was posted since the last time."""
        items = state.items
        size = len(items.ids)
        if len(self.marks) < size:
            grown = np.zeros((size + size // 4, self.marks.shape[1]), dtype=np.uint64)
            grown[: len(self.marks)] = self.marks
            self.marks = grown
        if self._posts != items.posts:
            rows = None if self._posts < 0 else items.posted_after(self._posts)
            self._mark(state, everything(state) if rows is None else rows)
            self._posts = items.posts

    def _mark(self, state: State, rows: Ints) -> None:
        self.marks[rows] = 0
        for place, selector in enumerate(self._selectors):
            self.marks[selector.of(state, rows), place // BITS] |= ONE << np.uint64(place % BITS)

    def timely(self, surface: str, local: int) -> Timely:
        """The places of the rules that hold on this surface in this minute of the wall's clock; and of those among them
        that are not for everybody."""
        minute = local // MINUTE
        held = self._now.get(surface)
        if held is None or held[0] != minute:
            found = tuple(
                place
                for place, (rule, times) in enumerate(zip(self.rules, self._times, strict=True))
                if (not rule.surfaces or surface in rule.surfaces) and times.holds(local)
            )
            asking = tuple(place for place in found if self.audiences[place] is not None)
            held = self._now[surface] = (minute, (found, asking))
        return held[1]

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives for this key, the newest of them kept: shoppers who are the same to the rules share it."""
        if key not in self._made:
            self._made[key] = make()
            if len(self._made) > KEPT:
                self._made.popitem(last=False)
        made: T = self._made[key]
        return made

    def members(self, rule: int, items: Ints) -> Bools:
        """Which of these items the rule is about, bool[k]."""
        found: Bools = marked(self.marks, items, self._masks[rule], True)
        return found

    def about(self, rule: int, marks: Words) -> Bools:
        """Which items the rule was about when they had these `marks` uint64[k, words], bool[k]: for records."""
        found: Bools = (marks[:, rule // BITS] >> np.uint64(rule % BITS) & ONE).astype(np.bool_)
        return found

    def mask(self, places: Any) -> Words:
        """The bits of these rules, uint64[words]."""
        mask = np.zeros(self.marks.shape[1], dtype=np.uint64)
        for place in places:
            mask[place // BITS] |= ONE << np.uint64(place % BITS)
        return mask


def effect_of(rule: MerchantRule) -> Effect:
    """The effect that the rule names."""
    effect: Effect = registry.load("recommend/merchandising/effects", rule.kind, "EFFECT")
    return effect
