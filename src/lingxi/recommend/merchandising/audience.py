"""Which shoppers a merchant rule is for: who is not known to be one of them is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from lingxi.domain.merchandising import EVERYBODY, Shoppers
from lingxi.domain.slate import Query
from lingxi.domain.traits import code_of

if TYPE_CHECKING:
    from lingxi.recommend.moment import Moment

OLDEST: Final = 120
NOBODYS: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Audience:
    """Conditions by the codes of traits: each of `all_of` must be there, and one of each of `one_of`."""

    regions: frozenset[str]
    channels: frozenset[str]
    region_codes: frozenset[int]
    channel_codes: frozenset[int]
    all_of: frozenset[int]
    ages: frozenset[int] | None

    def has(self, query: Query, traits: frozenset[int]) -> bool:
        """Whether the shopper of the request is known to be one of them."""
        return (
            _there(query.region, self.regions, self.region_codes, traits)
            and _there(query.channel, self.channels, self.channel_codes, traits)
            and self.all_of <= traits
            and (self.ages is None or not self.ages.isdisjoint(traits))
        )


def audience_of(shoppers: Shoppers) -> Audience | None:
    """The conditions; None where there are none."""
    if shoppers == EVERYBODY:
        return None
    limited = shoppers.age_min is not None or shoppers.age_max is not None
    span = range(shoppers.age_min or 0, (OLDEST if shoppers.age_max is None else shoppers.age_max) + 1)
    return Audience(
        regions=frozenset(shoppers.regions),
        channels=frozenset(shoppers.channels),
        region_codes=frozenset(code_of("region", each) for each in shoppers.regions),
        channel_codes=frozenset(code_of("channel", each) for each in shoppers.channels),
        all_of=frozenset(code_of(name, value) for name, value in shoppers.traits.items()),
        ages=frozenset(_ages()[age] for age in span) if limited else None,
    )


def traits_of(moment: Moment) -> frozenset[int]:
    """The codes of the shopper's traits."""
    if moment.view is None:
        return NOBODYS
    return moment.once("traits", lambda: frozenset(moment.history.traits.tolist()))


def _there(asked: str | None, names: frozenset[str], codes: frozenset[int], traits: frozenset[int]) -> bool:
    """What the request says goes before what the traits say."""
    if not names:
        return True
    return asked in names if asked is not None else not codes.isdisjoint(traits)


@cache
def _ages() -> tuple[int, ...]:
    """The code of each age in years; a shopper's own traits have one of them, exact up to 99."""
    return tuple(code_of("age", age) for age in range(OLDEST + 1))
