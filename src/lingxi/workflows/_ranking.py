"""Chooses what orders the candidates of `home`: the blend, or a ranker where it was better on days that it never saw.

The validation days are cut in half. Blend and rankers are fitted to the first half and compared on the second, slate by
slate, by NDCG at 10; a ranker is taken where the paired 95 % interval over shoppers lies above what it would replace,
and fitted again to all of the days. The gate then judges the whole recipe as ever.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.bundle import Component, Interval
from lingxi.domain.errors import NotEnoughData
from lingxi.metrics.interval import paired
from lingxi.ports.ranker import Examples, Fitted
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.scorers.blend import fixed
from lingxi.runtimes._goals import GOALS, MARGIN, Ranker
from lingxi.runtimes.linear import COLUMNS, Linear
from lingxi.train.leak import check_inputs
from lingxi.workflows._blending import LEARNT, LOOKS, OWN
from lingxi.workflows._rehearsal import Stage, Told, acts_of, rehearse, sampled
from lingxi.workflows.judge import JUDGED, K

Doubles = npt.NDArray[np.float64]
NAME: Final = "ranker"
"""What the component is called in the pipeline."""
BLEND, AUTO, NONE = "blend", "auto", "none"
SLATES: Final = 2500
"""Of each half, at most."""
LEAST: Final = 200
"""Fewer slates than these in a half teach no ranker, and judge none."""
CANDIDATES: Final = 300
TIMED: Final = 20
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
class Compared:
    """A way to order on the second half: the NDCG at 10 of each shopper's slates, float64[shoppers], how that differs
    from what it would replace, and the `ms` that a slate of `CANDIDATES` takes."""

    name: str
    values: Doubles
    difference: Interval | None = None
    ms: float = 0.0

    @property
    def ndcg(self) -> float:
        """The mean."""
        return float(np.nanmean(self.values)) if np.isfinite(self.values).any() else 0.0


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
        return Ranking(wish.setting)
    ground = ground_of(stage, days, wish)
    enough = min(taught(ground.first), taught(ground.second))
    if enough < LEAST:
        few = f"{enough} slates of half of the validation days had something wanted in them, and a ranker needs {LEAST}"
        return Ranking(BLEND, why=f"The order is the {BLEND}'s: {few}.")
    check(ground.first)
    compared = compare(names, ground, wish)
    best = best_of(compared, forced=wish.setting != AUTO)
    why = _said(compared, best, len(ground.second))
    if best is None:
        return Ranking(BLEND, None, compared, why)
    base = widened(blend or fixed(surface_of(JUDGED)), ground.inputs)
    model = fit_ranker(best.name, ground.whole(base, wish.seed), wish)
    return Ranking(best.name, exported(model, base, folder), compared, why)


@dataclass(frozen=True, slots=True)
class Ground:
    """Slates of both halves over a `base` that was fitted to the first; what a goal is `worth`, float64[goals]."""

    base: Linear
    first: Examples
    second: Examples
    worth: Doubles
    goals: Mapping[str, float]

    @property
    def inputs(self) -> tuple[str, ...]:
        """What may be read."""
        return self.base.inputs

    def whole(self, base: Linear, seed: int) -> Examples:
        """What is learnt from in the end: both halves, over another base."""
        return joined(
            [sampled(replace(each, base=base.score(each.values)), seed) for each in (self.first, self.second)]
        )


def known(setting: str) -> str:
    """The setting, if it is one.

    Raises:
        Unknown: it is not; the remedy names those that there are.
    """
    return registry.choose("ranker", setting, (AUTO, BLEND, *registry.names("rankers"), NONE))


def ground_of(stage: Stage, days: Days, wish: Wish) -> Ground:
    early = days.blend_until(days.middle) or fixed(surface_of(JUDGED))
    base = widened(early, inputs_of(stage, early))
    told = wish.logged or acts_of(stage.acts)
    first, second = (
        rehearse(stage, since, until, told.within(since, until, SLATES, wish.seed), base, wish.seconds / 3)
        for since, until in ((days.since, days.middle), (days.middle, days.until))
    )
    goals = stage.settings.goals
    worth = np.array([goals[name] for name in GOALS])
    return Ground(base, first, second, worth if worth.any() else np.ones(len(GOALS)), goals)


def inputs_of(stage: Stage, base: Linear) -> tuple[str, ...]:
    """Everything that a ranker may read, the base's inputs among it."""
    learnt = LEARNT if stage.bundle is not None and "sequence" in stage.bundle.runtimes else ()
    return tuple(dict.fromkeys((*base.inputs, *OWN, *learnt, *LOOKS, *READS)))


def widened(linear: Linear, inputs: tuple[str, ...]) -> Linear:
    """The same model over `inputs`, of which those that it does not have weigh nothing."""
    size = len(inputs)
    columns = {"missing": np.zeros(size), "mean": np.zeros(size), "scale": np.ones(size), "weights": np.zeros(size)}
    place = [inputs.index(name) for name in linear.inputs]
    for name, column in columns.items():
        column[place] = getattr(linear, name)
    return Linear(inputs, bias=linear.bias, **{name: each.astype(np.float32) for name, each in columns.items()})


def exported(model: Fitted, base: Linear, folder: Path) -> Component:
    """The component; inputs that neither the base nor the model reads are left out."""
    kept = np.flatnonzero(model.used() | (base.weights != 0)).tolist()
    columns = {name: getattr(base, name)[kept] for name in COLUMNS}
    narrow = Linear(tuple(base.inputs[place] for place in kept), bias=base.bias, **columns)
    told = {"goals": [GOALS[place] for place in model.goals], "base": narrow.settings()}
    numbers = {name: getattr(model, name).tolist() for name in ("pull", "scale", "offset")}
    return model.export(folder, NAME, kept, {**told, **numbers})


def compare(names: list[str], ground: Ground, wish: Wish) -> list[Compared]:
    """The base, and every ranker against it, on the half that none of them has seen."""
    learn, second = sampled(ground.first, wish.seed), ground.second
    usual = by_shopper(ndcg(second, second.base, ground.worth), second)
    found = [Compared(BLEND, usual)]
    for name in names:
        try:
            model = fit_ranker(name, learn, wish)
        except NotEnoughData:
            continue
        scores, ms = _asked(model, ground)
        values = by_shopper(ndcg(second, scores, ground.worth), second)
        found.append(Compared(name, values, paired(values, usual, wish.seed), ms))
    return found


def fit_ranker(name: str, examples: Examples, wish: Wish) -> Fitted:
    fitted: Fitted = registry.load("rankers", name, "fit")(examples, wish.seed, wish.seconds / 12)
    return fitted


def _asked(model: Fitted, ground: Ground) -> tuple[npt.NDArray[np.float32], float]:
    """How the ranker orders the second half, asked as it will serve; and the milliseconds that CANDIDATES take."""
    with tempfile.TemporaryDirectory() as room:
        ranker = loaded(exported(model, ground.base, Path(room)), Path(room))
    columns = [ground.inputs.index(name) for name in ranker.inputs]
    aim = ranker.towards({**ground.goals, MARGIN: 0.0})
    values = np.asfortranarray(ground.second.values[:, columns])
    few, took = np.asfortranarray(values[:CANDIDATES]), []
    for _ in range(TIMED):
        started = time.perf_counter()
        aim.score(few)
        took.append(time.perf_counter() - started)
    return aim.score(values), 1e3 * min(took)


def loaded(component: Component, folder: Path) -> Ranker:
    """A ranker's component as it will serve."""
    ranker: Ranker = registry.load("runtimes", component.runtime, "load")(folder, component, {})
    return ranker


def best_of(compared: list[Compared], *, forced: bool) -> Compared | None:
    """The cheapest ranker that is surely better than the base, and in its stead a dearer one only where that is surely
    better than it; `forced`: the first that there is."""
    best: Compared | None = None
    for each in sorted(compared[1:], key=lambda one: one.ms):
        against = compared[0] if best is None else best
        if paired(each.values, against.values).low > 0 or (forced and best is None):
            best = each
    return best


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


def joined(parts: list[Examples]) -> Examples:
    """One after the other."""
    edges = np.cumsum([0, *(len(each.base) for each in parts)])
    columns = ("values", "wanted", "base", "position", "weight", "shopper")
    starts = [each.start[:-1] + edge for each, edge in zip(parts, edges, strict=False)]
    told: dict[str, Any] = {name: np.concatenate([getattr(each, name) for each in parts]) for name in columns}
    return replace(parts[0], **told, start=np.concatenate([*starts, edges[-1:]]).astype(np.int64))


def ndcg(examples: Examples, scores: npt.NDArray[np.float32], worth: Doubles) -> Doubles:
    """NDCG at K of each slate, float64[g]: the gain of a candidate is what the best that was done with it is worth.
    Ties are broken against the order; NaN where nothing was wanted."""
    gains = (examples.wanted * worth).max(axis=1)
    slate = np.repeat(np.arange(len(examples)), examples.sizes())
    return _ratio(
        _discounted(gains, slate, np.lexsort((gains, -scores, slate)), examples),
        _discounted(gains, slate, np.lexsort((-gains, slate)), examples),
    )


def _discounted(
    gains: Doubles, slate: npt.NDArray[np.intp], order: npt.NDArray[np.intp], examples: Examples
) -> Doubles:
    """The gain of the first K of each slate in this order, float64[g]."""
    place = np.arange(len(order)) - np.repeat(examples.start[:-1], examples.sizes())
    discount = np.where(place < K, 1.0 / np.log2(place + 2.0), 0.0)
    found: Doubles = np.bincount(slate, gains[order] * discount, minlength=len(examples)).astype(np.float64)
    return found


def _ratio(top: Doubles, bottom: Doubles) -> Doubles:
    ratio: Doubles = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
    return ratio


def by_shopper(values: Doubles, examples: Examples) -> Doubles:
    """The mean of each shopper's slates, float64[shoppers]; NaN where none can be judged."""
    _, number = np.unique(examples.shopper, return_inverse=True)
    there = np.isfinite(values)
    size = int(number.max(initial=-1)) + 1
    sums, counts = (np.bincount(number[there], each, minlength=size) for each in (values[there], None))
    return _ratio(sums.astype(np.float64), counts.astype(np.float64))
