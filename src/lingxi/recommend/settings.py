"""The choices of a shop for its slates; a surface may have some of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from lingxi import registry
from lingxi.domain.errors import Unknown


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
