"""Chooses what orders the candidates of `home`: the blend, or a ranker where it was better on days that it never saw.

The validation days are cut in half. Blend and rankers are fitted to the first half and compared on the second, slate by
slate, by NDCG at 10; a ranker is taken where the paired 95 % interval over shoppers lies above what it would replace,
and fitted again to all of the days. The gate then judges the whole recipe as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from lingxi import registry
from lingxi.domain.bundle import Component
from lingxi.ports.ranker import Examples
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.scorers.blend import fixed
from lingxi.runtimes._goals import GOALS
from lingxi.runtimes.linear import Linear
from lingxi.train.leak import check_inputs
from lingxi.workflows._blending import LEARNT, LOOKS, OWN
from lingxi.workflows._comparing import BLEND, Compared, Ground, best_of, compare, exported, fitted, widened
from lingxi.workflows._rehearsal import Stage, Told, acts_of, rehearse
from lingxi.workflows.judge import JUDGED, K

AUTO, NONE = "auto", "none"
FITS: Final = 12
"""Of the time for a ranker, the part that a fit may take: two to be compared, one to go live, and the slates before."""
SLATES: Final = 2500
"""Of each half, at most."""
LEAST: Final = 200
"""Fewer slates than these in a half teach no ranker, and judge none."""
READS: Final = (
    "own.lead",
    "buy_again.lead",
    "popular.lead",
    "trending.lead",
    "co_purchase.lead",
    "popularity.day",
    "popularity.trend",
    "purchase_cycle.days",
    "purchase_cycle.due",
    "purchase_cycle.repeats",
    "recency.bought",
    "recency.viewed",
    "category_affinity.share",
    "brand_affinity.share",
    "price.level",
    "price_fit.own",
    "fatigue.shown",
    "return_rate.share",
    "activity.purchases",
    "activity.month",
    "activity.idle",
    "calendar.hour",
    "calendar.weekday",
)
"""What a ranker may read beside the blend's inputs. Those that it makes nothing of cost a slate nothing."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was chosen (`name`: "blend" or a ranker's), its component where it is a ranker's, what it was chosen from,
    and why in words."""

    name: str
    component: Component | None = None
    compared: list[Compared] = field(default_factory=list)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Days:
    """The days to learn from (µs UTC), and how the blend is fitted to a part of them: None where it cannot be."""

    since: int
    until: int
    blend_until: Callable[[int], Linear | None]

    @property
    def middle(self) -> int:
        """Where they are cut."""
        return (self.since + self.until) // 2


@dataclass(frozen=True, slots=True)
class Wish:
    """Which ranker is wanted (`auto`: the best that there is), in about how many seconds, with which seed; the slates
    that were logged, if there are any."""

    setting: str
    seconds: float
    seed: int
    logged: Told | None = None


def choose(stage: Stage, days: Days, blend: Linear | None, wish: Wish, folder: Path) -> Ranking:
    """What orders the candidates in days to come; a ranker is exported to `folder`. `blend` is fitted to all of `days`.

    Raises:
        Unknown: there is no such ranker.
        Invalid: an input gives away what was bought.
    """
    setting = known(wish.setting)
    names = list(registry.names("rankers")) if setting == AUTO else [setting]
    if setting in (BLEND, NONE):
        return Ranking(setting)
    ground = ground_of(stage, days, wish)
    enough = min(taught(ground.first), taught(ground.second))
    if enough < LEAST:
        few = f"{enough} slates of half of the validation days had something wanted in them, and a ranker needs {LEAST}"
        return Ranking(BLEND, why=f"The order is the {BLEND}'s: {few}.")
    check(ground.first)
    compared = compare(names, ground, wish.seed, wish.seconds / FITS)
    best = best_of(compared, forced=wish.setting != AUTO)
    why = _said(compared, best, len(ground.second))
    if best is None:
        return Ranking(BLEND, None, compared, why)
    base = widened(blend or fixed(surface_of(JUDGED)), ground.inputs)
    model = fitted(best.name, ground.whole(base, wish.seed), wish.seed, wish.seconds / FITS)
    return Ranking(best.name, exported(model, base, folder), compared, why)


def known(setting: str) -> str:
    """The setting, if it is one.

    Raises:
        Unknown: it is not; the remedy names those that there are.
    """
    return registry.choose("ranker", setting, (AUTO, BLEND, *registry.names("rankers"), NONE))


def ground_of(stage: Stage, days: Days, wish: Wish) -> Ground:
    """The slates of both halves, over the blend that is fitted to the first of them."""
    early = days.blend_until(days.middle) or fixed(surface_of(JUDGED))
    base = widened(early, inputs_of(stage, early))
    told = wish.logged or acts_of(stage.acts.where((stage.acts.at >= days.since) & (stage.acts.at < days.until)))
    first, second = (
        rehearse(stage, since, until, told.within(since, until, SLATES, wish.seed), base, wish.seconds / 3)
        for since, until in ((days.since, days.middle), (days.middle, days.until))
    )
    return Ground(base, first, second, stage.settings.goals)


def inputs_of(stage: Stage, base: Linear) -> tuple[str, ...]:
    """Everything that a ranker may read, the base's inputs among it."""
    learnt = LEARNT if stage.bundle is not None and "sequence" in stage.bundle.runtimes else ()
    return tuple(dict.fromkeys((*base.inputs, *OWN, *learnt, *LOOKS, *READS)))


def _said(compared: list[Compared], best: Compared | None, slates: int) -> str:
    usual, *rankers = compared
    figures = "; ".join(
        f"{each.name} {each.ndcg:.4f}, {gap.estimate:+.4f} ({gap.low:+.4f} to {gap.high:+.4f}), {each.ms:.2f} ms"
        for each in rankers
        if (gap := each.difference) is not None
    )
    chosen = f"Ranker {best.name}" if best is not None else f"The order is the {BLEND}'s, no ranker was surely better"
    return (
        f"{chosen}: NDCG@{K} of {slates} slates on days that none was fitted to: {BLEND} {usual.ndcg:.4f}; {figures}."
    )


def check(examples: Examples) -> None:
    """Whether an input gives away what was done.

    Raises:
        Invalid: it does: it has seen what came after the moment that it is of.
    """
    for goal, wanted in zip(GOALS, examples.wanted.T, strict=True):
        if wanted.any() and not wanted.all():
            check_inputs(examples.inputs, examples.values, wanted, f"the ranker, goal {goal}")


def taught(examples: Examples) -> int:
    """The slates in which something was wanted."""
    return len(np.unique(np.repeat(np.arange(len(examples)), examples.sizes())[examples.wanted.any(axis=1)]))
