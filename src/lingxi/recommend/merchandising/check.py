"""Whether a set of merchant rules is well: what is wrong refuses it, what contradicts or means nothing is told."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from lingxi import registry
from lingxi.domain.errors import Invalid
from lingxi.domain.merchandising import EVERYTHING, MerchantRule, Quota, RuleSet, Selection
from lingxi.recommend.merchandising.book import effect_of
from lingxi.recommend.merchandising.conflicts import conflicts, wanted_of
from lingxi.recommend.merchandising.schedule import times_of
from lingxi.recommend.merchandising.selection import everything, selected
from lingxi.recommend.scene import local_time
from lingxi.state.categories import below

if TYPE_CHECKING:
    from lingxi.state.state import State

TOLD: Final = 5
LOOKS: Final = 50
MANY: Final = 2_000


class Checked(Struct, frozen=True):
    """`conflicts` are rules that cannot all be kept, `warnings` what matches nothing now. Both in sentences."""

    conflicts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check(rules: RuleSet, state: State, timezone: str, now: int) -> Checked:
    """What is to be said of the rules, for the shop as it is at `now` (µs UTC).

    Raises:
        Invalid: a rule is empty or impossible, or two have one id.
    """
    faults = [*_twice(rules.rules), *(fault for rule in rules.rules for fault in _faults(rule, timezone))]
    if faults:
        more = f", and {len(faults) - TOLD} more" if len(faults) > TOLD else ""
        raise Invalid("; ".join(faults[:TOLD]) + more, where="rules", remedy="see docs/rules.md")
    nearest = Nearest()
    warnings = (said for rule in rules.rules for said in _warnings(rule, state, timezone, now, nearest))
    return Checked(tuple(conflicts(rules.rules, state, timezone)), tuple(warnings))


def _twice(rules: Iterable[MerchantRule]) -> Iterator[str]:
    for name, count in Counter(rule.id for rule in rules).items():
        if count > 1:
            yield f"rule '{name}': {count} rules have this id"


def _faults(rule: MerchantRule, timezone: str) -> Iterator[str]:
    """What makes a rule empty or impossible."""
    said = [effect_of(rule).fault(rule)]
    shoppers, items = rule.shoppers, rule.items
    if shoppers.age_min is not None and shoppers.age_max is not None and shoppers.age_min > shoppers.age_max:
        said.append(f"no age is at least {shoppers.age_min} and at most {shoppers.age_max}")
    if None in shoppers.traits.values():
        said.append("null is no value of a trait")
    if items.price_min is not None and items.price_max is not None and items.price_min > items.price_max:
        said.append(f"no price is at least {items.price_min} and at most {items.price_max}")
    try:
        times_of(rule.schedule, timezone)
    except Invalid as error:
        said.append(f"{error.what} ({error.where}; {error.remedy})")
    return (f"rule '{rule.id}': {each}" for each in said if each)


def _warnings(rule: MerchantRule, state: State, timezone: str, now: int, nearest: Nearest) -> Iterator[str]:
    """What matches nothing now: it may later."""
    start = f"rule '{rule.id}': "
    surfaces = registry.names("recommend/surfaces")
    for name in rule.surfaces:
        if name not in surfaces:
            yield f"{start}there is no surface '{name}'{nearest.to(name, surfaces)}"
    for said in _unknown(rule.items, state, nearest):
        yield start + said
    if rule.items != EVERYTHING and not len(selected(state, rule.items, everything(state))):
        yield f"{start}it is about no item of the shop now"
    effect = rule.effect
    if isinstance(effect, Quota) and effect.per is not None and effect.least:
        wanted = wanted_of(effect, selected(state, rule.items, everything(state)), state)
        if wanted > effect.first:
            yield f"{start}it wants {wanted} items on the first {effect.first} places: as many as fit stand there"
    if times_of(rule.schedule, timezone).until <= local_time(now, timezone):
        yield f"{start}its time is over"


def _unknown(items: Selection, state: State, nearest: Nearest) -> Iterator[str]:
    """Names that no item has, the first few of each kind."""
    goods = state.items
    categories = [name for name in items.categories if not below(goods.categories, [name]).any()]
    told: tuple[tuple[str, list[str], Collection[str]], ...] = (
        ("category", categories, goods.categories),
        ("brand", [name for name in items.brands if name not in goods.brand_number], goods.brand_number),
        ("seller", [name for name in items.sellers if name not in goods.seller_number], goods.seller_number),
        ("item", [name for name in items.ids if name not in goods.number], goods.number),
    )
    for what, names, known in told:
        for name in names[:TOLD]:
            yield f"there is no {what} '{name}'{nearest.to(name, known)}"
        if len(names) > TOLD:
            yield f"{len(names) - TOLD} more such names ({what})"


class Nearest:
    """Looks for the name that may have been meant; among very many, or again and again, it takes too long."""

    def __init__(self) -> None:
        self._looks = LOOKS

    def to(self, name: str, known: Collection[str]) -> str:
        """The nearest name as a question; nothing where there is none."""
        if not self._looks or len(known) > MANY:
            return ""
        self._looks -= 1
        near = difflib.get_close_matches(name, list(known), n=1)
        return f"; is it '{near[0]}'?" if near else ""
