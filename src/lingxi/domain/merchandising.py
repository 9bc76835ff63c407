"""Merchant rules: what the shop itself asks of its slates. Not the rules that clean events (`lingxi.ingest.rules`).

A rule is data, the same in TOML and in JSON. It names an effect, the items it is about, and where, when and for whom it
holds. No rule refers to another, so there can be no cycle among them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, Struct, field

from lingxi.domain.event import Id, Scalar, Words
from lingxi.domain.item import ItemKind

MOST_RULES: Final = 512
"""Rules of one set."""
PLACES: Final = 100
"""Places of the longest slate."""
Place = Annotated[int, Meta(ge=1, le=PLACES)]
Count = Annotated[int, Meta(ge=0, le=PLACES)]
Age = Annotated[int, Meta(ge=0, le=120)]
Price = Annotated[float, Meta(ge=0, le=1e12)]
Clock = Annotated[str, Meta(max_length=64)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = get_args(Day)
Per = Literal["brand", "category", "seller"]


class Pin(Struct, frozen=True, kw_only=True, tag_field="kind", tag="pin", forbid_unknown_fields=True):
    """The items, named by id, stand at `position` and the places behind it, in the order of the ids."""

    position: Place


class Bury(Struct, frozen=True, kw_only=True, tag_field="kind", tag="bury", forbid_unknown_fields=True):
    """The items stand behind all others."""


class Boost(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="boost", forbid_unknown_fields=True
):
    """The score s of the items becomes s + (`factor` − 1) · |s| + `add`: a factor above 1 raises, one below lowers."""

    factor: Annotated[float, Meta(gt=0, le=1_000)] = 1.0
    add: Annotated[float, Meta(ge=-1e6, le=1e6)] = 0.0


class Block(Struct, frozen=True, kw_only=True, tag_field="kind", tag="block", forbid_unknown_fields=True):
    """The items are not shown."""


class Eligible(Struct, frozen=True, kw_only=True, tag_field="kind", tag="eligible", forbid_unknown_fields=True):
    """The items are shown only to those who are known to be the rule's `shoppers`."""


class Quota(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="quota", forbid_unknown_fields=True
):
    """Of the items at least `least` and at most `most` stand on the `first` places; with `per` so many of each brand,
    category or seller that has any to show. Where there are more of these than places, the best come first."""

    least: Count | None = None
    most: Count | None = None
    first: Place = PLACES
    per: Per | None = None


class Sponsored(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="sponsored", forbid_unknown_fields=True
):
    """On each of `positions` stands the best of the items, with the `label`."""

    positions: Annotated[tuple[Place, ...], Meta(max_length=PLACES)]
    label: Annotated[str, Meta(min_length=1, max_length=64)] = "sponsored"


Effect = Pin | Bury | Boost | Block | Eligible | Quota | Sponsored


class Selection(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which items: those that meet every condition given, and within one any of its values. None given: all items.

    `categories` hold what is below them too; `attributes` must all have these values; an item without a price is in no
    span of prices.
    """

    ids: Annotated[tuple[Id, ...], Meta(max_length=10_000)] = ()
    categories: Annotated[tuple[Words, ...], Meta(max_length=1_000)] = ()
    brands: Annotated[tuple[Words, ...], Meta(max_length=1_000)] = ()
    sellers: Annotated[tuple[Words, ...], Meta(max_length=1_000)] = ()
    kinds: Annotated[tuple[ItemKind, ...], Meta(max_length=8)] = ()
    attributes: Annotated[dict[Id, Scalar], Meta(max_length=64)] = {}
    price_min: Price | None = None
    price_max: Price | None = None


class Shoppers(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which shoppers: those who are known to meet every condition given. None given: everybody.

    The region and the channel are what the request says, else the trait of that name; the age is the trait `age`.
    Sensitive traits are not known to the live state.
    """

    regions: Annotated[tuple[Id, ...], Meta(max_length=1_000)] = ()
    channels: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    age_min: Age | None = None
    age_max: Age | None = None
    traits: Annotated[dict[Id, Scalar], Meta(max_length=64)] = {}


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """When, by the clock on the shop's wall, to the minute. None given: always.

    From `from` (ISO 8601; without a zone the shop's) to before `until`, on these `days`, in these `hours`
    ("08:00-20:00"; "22:00-02:00" goes on into the next day).
    """

    since: Clock = field(name="from", default="")
    until: Clock = ""
    days: Annotated[tuple[Day, ...], Meta(max_length=7)] = ()
    hours: Annotated[tuple[Clock, ...], Meta(max_length=24)] = ()


EVERYTHING: Final = Selection()
EVERYBODY: Final = Shoppers()
ALWAYS: Final = Schedule()


class MerchantRule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One rule: its `effect` on `items`, on these `surfaces` (none given: all), for `shoppers`, by its `schedule`."""

    id: Id
    effect: Effect
    items: Selection = EVERYTHING
    surfaces: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    shoppers: Shoppers = EVERYBODY
    schedule: Schedule = ALWAYS
    note: Words = ""

    @property
    def kind(self) -> str:
        """The name of its effect."""
        return str(self.effect.__struct_config__.tag)


class RuleSet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """All merchant rules of the shop, an entry of the log: its `seq` is the set's version. Where two rules want the
    same place, the one that stands first gets it.

    `back_to` is the version whose rules these are, where the shop went back to it (0: to none).
    """

    rules: Annotated[tuple[MerchantRule, ...], Meta(max_length=MOST_RULES)] = ()
    why: Words = ""
    by: Words = ""
    back_to: int | None = None


NO_RULES: Final = RuleSet()


class Unmet(Struct, frozen=True, gc=False):
    """A quota, or a sponsored place, that a slate could not keep, and how far it is from it."""

    rule: str
    why: str
