"""What a slate is made from: live state, live bundle, time, settings; and what is remembered between slates."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct

from lingxi import registry
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.merchandising import RuleSet

if TYPE_CHECKING:
    from lingxi.state.state import State

T = TypeVar("T")
SHOPPERS = 4096
"""Shoppers whose encodings are remembered: a few KB each."""
LISTS = 20_000
"""Lists (neighbours of an item, best sellers of a category) that are remembered."""
FRESH = 5_000_000
"""How long a list that everyone's acts change may be remembered, in µs."""
LASTING = 60_000_000
"""The same for lists that change slowly and are dear to count: what goes together."""

COUNTED = ("encodes", "shopper_hits", "shopper_misses", "list_hits", "list_misses")
"""What a memory counts."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The shop's choices; `surfaces` holds those that one surface has of its own."""

    reranker: Annotated[
        str, Meta(description="what spreads a slate: auto (as each surface has it), none, mmr, dpp or calibrated")
    ] = "auto"
    diversity: Annotated[
        float, Meta(ge=0, le=1, description="how much being unlike is worth against the score (mmr, dpp), from 0 to 1")
    ] = 0.03
    likeness: Annotated[
        str, Meta(description="what makes two items alike: category, or vectors (the model's, category and brand)")
    ] = "category"
    calibration: Annotated[
        float,
        Meta(ge=0, le=1, description="how much the shopper's own mix is worth against the score (calibrated), 0 to 1"),
    ] = 0.2
    repetition: Annotated[
        float, Meta(ge=0, le=1, description="how far what was shown lately without an act moves down, from 0 to 1")
    ] = 0.05
    freshness: Annotated[float, Meta(ge=0, le=1, description="how far a new item moves up at most, from 0 to 1")] = 0.05
    explorer: Annotated[
        str, Meta(description="who fills places with little known items: none, epsilon or thompson")
    ] = "none"
    explore_share: Annotated[
        float, Meta(ge=0, le=1, description="the chance with which a place that may explore does")
    ] = 0.1
    explore_places: Annotated[int, Meta(ge=0, le=100, description="places of a slate that may explore, at most")] = 2
    explore_after: Annotated[int, Meta(ge=0, le=100, description="the first places, which never explore")] = 4
    explore_below: Annotated[
        float, Meta(ge=0, description="impressions and acts in a month below which an item is little known")
    ] = 30.0
    explore_seed: Annotated[int, Meta(ge=0, le=2**31 - 1, description="of every draw of the exploration")] = 0
    just_bought_days: Annotated[
        float, Meta(ge=0, description="what was bought in these days is not shown, unless it is due again")
    ] = 1.0
    due: Annotated[
        float, Meta(ge=0, description="the share of its purchase cycle after which an item is due again")
    ] = 0.8
    fatigue_views: Annotated[float, Meta(gt=0, description="shown so often lately without a click, an item rests")] = (
        8.0
    )
    goal_purchase: Annotated[float, Meta(ge=0, le=1000, description="what a purchase is worth to the ranker")] = 1.0
    goal_cart: Annotated[float, Meta(ge=0, le=1000, description="what it is worth that an item goes into a cart")] = 0.3
    goal_click: Annotated[float, Meta(ge=0, le=1000, description="what a click is worth")] = 0.1
    goal_margin: Annotated[
        float,
        Meta(
            ge=0,
            le=1000,
            description="what the share of the price that is left to the shop is worth beside the purchase, "
            "where items have the attribute cost",
        ),
    ] = 0.0
    surfaces: Annotated[
        dict[str, dict[str, bool | int | float | str]],
        Meta(description="by surface, settings of this section that it has of its own"),
    ] = {}

    def __post_init__(self) -> None:
        """Raises ValueError, which a decoder turns into an error with its place, where a name is none."""
        for name, given in CHOICES.items():
            _check(name, getattr(self, name), (*given, *registry.names(f"recommend/{name}s")))
        _check("likeness", self.likeness, ("category", "vectors"))
        for surface, own in self.surfaces.items():
            place = f"recommend.surfaces.{surface}"
            _check("surface", surface, registry.names("recommend/surfaces"))
            for name in own:
                _check(f"setting in {place}", name, [each for each in self.__struct_fields__ if each != "surfaces"])
            try:
                self.of(surface)
            except (ValueError, msgspec.ValidationError) as error:
                what, _, name = str(error).partition(" - at `$.")
                raise ValueError(f"{place}{'.' * bool(name)}{name.rstrip('`')}: {what}") from None

    def of(self, surface: str) -> Settings:
        """The settings of a surface: the shop's, but for what it has of its own."""
        own = self.surfaces.get(surface)
        if own is None:
            return self
        return msgspec.convert({**msgspec.structs.asdict(self), "surfaces": {}, **own}, Settings)

    @property
    def goals(self) -> Mapping[str, float]:
        """The weights of what a ranker may be fitted to."""
        return {
            "purchase": self.goal_purchase,
            "cart": self.goal_cart,
            "click": self.goal_click,
            "margin": self.goal_margin,
        }


CHOICES = {"reranker": ("auto", "none"), "explorer": ("none",)}
"""What a setting that names a part may say beside a part's name."""


def _check(what: str, name: str, options: Sequence[str]) -> None:
    try:
        registry.choose(what, name, options)
    except Unknown as error:
        raise ValueError(f"{error.what}; {error.remedy}") from None


class Learnt(Protocol):
    """A loaded bundle, as a slate needs it: its id, what answers by the component's name, statistics of features."""

    @property
    def id(self) -> str: ...

    @property
    def runtimes(self) -> Mapping[str, Any]: ...

    @property
    def statistics(self) -> Mapping[str, Any]: ...


class Memory:
    """What is cheap to keep and dear to make again; forgetting all of it changes no slate, but that what was answered
    in the last minutes may be shown again as if it had not been (`recommend.repetition`).

    It belongs to the thread that owns the state, and to one `Settings`. `encodes` counts the histories encoded, the
    others how often something was there, and how often not.
    """

    def __init__(self) -> None:
        self._shoppers: OrderedDict[Hashable, tuple[Hashable, dict[str, Any]]] = OrderedDict()
        self._lists: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._ones: dict[str, tuple[object, Any]] = {}
        self.scratch = np.zeros(0, dtype=np.int32)
        self.marks = np.zeros(0, dtype=np.bool_)
        self.encodes = 0
        self.shopper_hits = self.shopper_misses = self.list_hits = self.list_misses = 0

    def emptied(self) -> Memory:
        """An empty one that goes on counting."""
        fresh = Memory()
        for name in COUNTED:
            setattr(fresh, name, getattr(self, name))
        return fresh

    def shopper(self, who: Hashable, version: Hashable) -> dict[str, Any]:
        """What is remembered of a shopper since `version`: empty when something has changed."""
        held = self._shoppers.get(who)
        if held is not None and held[0] == version:
            self._shoppers.move_to_end(who)
            self.shopper_hits += 1
            return held[1]
        self.shopper_misses += 1
        fresh: dict[str, Any] = {}
        self._shoppers[who] = (version, fresh)
        self._shoppers.move_to_end(who)
        if len(self._shoppers) > SHOPPERS:
            self._shoppers.popitem(last=False)
        return fresh

    def list(self, key: Hashable, now: int, make: Callable[[], T], fresh: int = FRESH) -> T:
        """What `make` gave for this key in the same span of `fresh` µs, so that it depends on no earlier request."""
        span = now // fresh
        held = self._lists.get(key)
        if held is not None and held[0] == span:
            made: T = held[1]
            self.list_hits += 1
            return made
        self.list_misses += 1
        made = make()
        self._lists[key] = (span, made)
        if len(self._lists) > LISTS:
            self._lists.popitem(last=False)
        return made

    def one(self, name: str, of: object, make: Callable[[], T]) -> T:
        """What `make` gave under this name for the very object `of`; of another one nothing is kept."""
        held = self._ones.get(name)
        if held is None or held[0] is not of:
            held = self._ones[name] = (of, make())
        made: T = held[1]
        return made

    def room(self, size: int) -> None:
        """Makes the scratch arrays reach item number `size` − 1."""
        if len(self.scratch) < size:
            grown = size + size // 4 + 1024
            self.scratch = np.zeros(grown, dtype=np.int32)
            self.marks = np.zeros(grown, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Scene:
    """One shop at one time. `now` is µs UTC; `memory` outlives the request; `timezone` is the shop's (IANA name);
    `rules` stand in for the merchant rules of the state: a trial of others."""

    state: State
    bundle: Learnt | None
    now: int
    settings: Settings = field(default_factory=Settings)
    memory: Memory = field(default_factory=Memory)
    timezone: str = "UTC"
    rules: RuleSet | None = None

    @property
    def local(self) -> int:
        """What a clock on the shop's wall says, as µs since 1970."""
        return local_time(self.now, self.timezone)


def local_time(now: int, timezone: str) -> int:
    """The time on the wall of that zone at `now` (µs UTC), as µs since 1970.

    Raises:
        Invalid: there is no such zone.
    """
    if timezone == "UTC":
        return now
    offset = datetime.fromtimestamp(now // 1_000_000, _zone(timezone)).utcoffset()
    return now + (0 if offset is None else offset // timedelta(microseconds=1))


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        what, remedy = f"'{name[:80]}' is no time zone", "set it to an IANA name, such as Asia/Shanghai"
        raise Invalid(what, where="shop.timezone", remedy=remedy) from None


def empty(size: int) -> npt.NDArray[np.float32]:
    """float32[size] of NaN."""
    return np.full(size, np.nan, dtype=np.float32)
