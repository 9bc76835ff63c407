"""Sets rankers side by side with what they would replace, on slates that none of them was fitted to."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.bundle import Component, Interval
from lingxi.domain.errors import NotEnoughData
from lingxi.metrics.interval import paired
from lingxi.ports.ranker import Examples, Fitted, joined
from lingxi.runtimes._goals import GOALS, MARGIN, Ranker
from lingxi.runtimes.linear import COLUMNS, Linear
from lingxi.workflows._rehearsal import sampled
from lingxi.workflows.judge import K

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
NAME: Final = "ranker"
"""What the component is called in the pipeline."""
BLEND: Final = "blend"
CANDIDATES: Final = 300
"""Of a slate whose scoring is timed, the best of so many tries."""
TRIES: Final = 20


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
class Ground:
    """Slates of both halves over a `base` that was fitted to the first; `goals` are the weights of the shop's."""

    base: Linear
    first: Examples
    second: Examples
    goals: Mapping[str, float]

    @property
    def inputs(self) -> tuple[str, ...]:
        """What may be read."""
        return self.base.inputs

    @property
    def worth(self) -> Doubles:
        """What each goal is worth, float64[goals]; all the same where none is worth anything."""
        worth = np.array([self.goals[name] for name in GOALS])
        return worth if worth.any() else np.ones(len(GOALS))

    def whole(self, base: Linear, seed: int) -> Examples:
        """What is learnt from in the end: both halves, over another base."""
        halves = (replace(each, base=base.score(each.values)) for each in (self.first, self.second))
        return joined([sampled(each, seed) for each in halves])


def compare(names: list[str], ground: Ground, seed: int, seconds: float) -> list[Compared]:
    """The base, and every ranker against it, on the half that none of them has seen; a fit takes about so many
    seconds at most. What there is too little for is not among them."""
    learn, second = sampled(ground.first, seed), ground.second
    usual = by_shopper(ndcg(second, second.base, ground.worth), second)
    found = [Compared(BLEND, usual)]
    for name in names:
        try:
            model = fitted(name, learn, seed, seconds)
        except NotEnoughData:
            continue
        scores, ms = _asked(model, ground)
        values = by_shopper(ndcg(second, scores, ground.worth), second)
        found.append(Compared(name, values, paired(values, usual, seed), ms))
    return found


def fitted(name: str, examples: Examples, seed: int, seconds: float) -> Fitted:
    """The ranker of that name; raises as `ports.ranker.Fit` does."""
    model: Fitted = registry.load("rankers", name, "fit")(examples, seed, seconds)
    return model


def _asked(model: Fitted, ground: Ground) -> tuple[npt.NDArray[np.float32], float]:
    """How the ranker orders the second half, asked as it will serve; and the milliseconds that CANDIDATES take."""
    with tempfile.TemporaryDirectory() as room:
        ranker = loaded(exported(model, ground.base, Path(room)), Path(room))
    columns = [ground.inputs.index(name) for name in ranker.inputs]
    aim = ranker.towards({**ground.goals, MARGIN: 0.0})
    values = np.asfortranarray(ground.second.values[:, columns])
    few, took = np.asfortranarray(values[:CANDIDATES]), []
    for _ in range(TRIES):
        started = time.perf_counter()
        aim.score(few)
        took.append(time.perf_counter() - started)
    return aim.score(values), 1e3 * min(took)


def best_of(compared: list[Compared], *, forced: bool) -> Compared | None:
    """The cheapest ranker that is surely better than the base, and in its stead a dearer one only where that is surely
    better than it; `forced`: the first that there is."""
    best: Compared | None = None
    for each in sorted(compared[1:], key=lambda one: one.ms):
        against = compared[0] if best is None else best
        if paired(each.values, against.values).low > 0 or (forced and best is None):
            best = each
    return best


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


def loaded(component: Component, folder: Path) -> Ranker:
    """A ranker's component as it will serve."""
    ranker: Ranker = registry.load("runtimes", component.runtime, "load")(folder, component, {})
    return ranker
