"""All models on the shop's own log, honestly: the same past, the same shoppers, the whole catalogue, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi import registry
from lingxi.domain.bundle import Interval, Recipe
from lingxi.domain.errors import NotEnoughData, Refused, TooLarge
from lingxi.metrics.interval import paired
from lingxi.ports.catalog import Catalog
from lingxi.ports.model import Watch
from lingxi.ports.recipe import reads_text
from lingxi.train import fit as fitting
from lingxi.train.beyond import Beyond, Known, beyond, known_of
from lingxi.train.evaluate import CUTOFFS, Figures, figures, recalls
from lingxi.train.slices import Part, Slices
from lingxi.workflows.trials import (
    Ground,
    Learnt,
    Protocol,
    answer_ms,
    asked,
    budgeted,
    ground_of,
    learnt,
    part_of,
)
from lingxi.workflows.workroom import clear, workroom
from lingxi.workflows.workshop import Workshop

Doubles = npt.NDArray[np.float64]
Means = TypeVar("Means", Figures, Beyond)
FITS: Final = 2
"""Fits of a model and seed: to find its settings, and to be judged."""


class Options(Struct, frozen=True, kw_only=True):
    """Which `models` to compare (all where none is named), `against` which one, with how many `seeds` (0, 1, …), within
    how many `minutes` in all; `threads` 0 takes all of the CPU's. `protocol`: the log's last days are foretold
    (`time`), or each shopper's last choice (`leave-one-out`)."""

    models: tuple[str, ...] = ()
    against: str = "own_decayed"
    seeds: int = 1
    minutes: float = 30.0
    threads: int = 0
    holdout_days: float = 14.0
    protocol: Protocol = "time"


class Row(Struct, frozen=True, kw_only=True):
    """A model: means over the seeds. `difference` is its recall less that of what it is compared with, by cut-off,
    paired by shopper; `beyond` is what its lists are like beside how often they hit. `train_s` is one fit's, `ms` the
    median answer of 20 items, `bytes` what it takes on disk."""

    model: str
    settings: dict[str, Any]
    seeds: int
    at: dict[str, Figures]
    difference: dict[str, Interval]
    beyond: dict[str, Beyond]
    parts: list[Part]
    train_s: float
    ms: float
    bytes: int


class Skipped(Struct, frozen=True):
    """A model that could not be fitted, and why."""

    model: str
    why: str


class Evaluation(Struct, frozen=True, kw_only=True):
    """Models compared on what happened from `since` to `until` (µs UTC), best recall at 10 first."""

    protocol: Protocol
    since: int
    until: int
    shoppers: int
    items: int
    against: str
    rows: list[Row]
    skipped: list[Skipped]


@dataclass(slots=True)
class _Tried:
    """What the seeds of one model gave."""

    model: str
    learnt: list[Learnt] = field(default_factory=list)
    at: list[dict[str, Figures]] = field(default_factory=list)
    recalls: dict[int, list[Doubles]] = field(default_factory=lambda: {k: [] for k in CUTOFFS})
    beyond: list[dict[str, Beyond]] = field(default_factory=list)
    parts: list[list[Part]] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every model's lists are held against, worked out once."""

    slices: Slices
    known: Known


def evaluate(shop: Workshop, options: Options, watch: Watch) -> Evaluation:
    """Fits every model twice for each seed, first to find when to stop, then to be judged on days it has not seen.

    Raises:
        Unknown: there is no such model.
        NotEnoughData: the log holds too little; the remedy says what is missing.
        Refused: another evaluation is at work on this shop.
    """
    names = _named(options)
    with workroom(shop.folder, "evaluate") as folder:
        clear(folder)
        text = reads_text(Recipe(model=name, settings={}) for name in names)
        ground = ground_of(shop, folder, options.holdout_days, options.threads, watch, options.protocol, text=text)
        return _compared(ground, names, options, traits_of(shop.catalog), watch)


def traits_of(catalog: Catalog) -> dict[int, dict[str, str]]:
    """Each posted shopper's traits by shopper number, as text: sensitive ones too, for they are what fairness is seen
    by; no model is given them."""
    numbers = {name.removeprefix("u:"): number for number, name in enumerate(catalog.shopper_ids()) if name[:2] == "u:"}
    users = catalog.users(list(numbers))
    return {
        numbers[name]: {trait: str(each.value) for trait, each in user.traits.items() if each.value is not None}
        for name, user in users.items()
    }


def _named(options: Options) -> tuple[str, ...]:
    """The models, with the one they are compared with."""
    known = registry.names("models")
    names = tuple(dict.fromkeys((*(options.models or known), options.against)))
    for name in names:
        registry.choose("model", name, known)
    return names


def _compared(
    ground: Ground, names: Sequence[str], options: Options, traits: dict[int, dict[str, str]], watch: Watch
) -> Evaluation:
    late = ground.late
    bench = _Bench(Slices(late, traits), known_of(late.past, ground.histories_of(late), late.truth, ground.goods))
    tried, skipped = [], []
    for name in names:
        try:
            tried.append(_tried(ground, name, options, bench, len(names), watch))
        except (NotEnoughData, Refused, TooLarge) as error:
            if name == options.against:
                raise
            skipped.append(Skipped(name, str(error)))
    base = next(each for each in tried if each.model == options.against)
    rows = sorted((_row(each, base) for each in tried), key=lambda row: -row.at["10"].recall)
    return Evaluation(
        protocol=options.protocol,
        since=int(late.future.at.min()) if options.protocol == "leave-one-out" else late.at,
        until=ground.snapshot.about.until,
        shoppers=len(late.truth),
        items=len(ground.goods),
        against=options.against,
        rows=rows,
        skipped=skipped,
    )


def _tried(ground: Ground, name: str, options: Options, bench: _Bench, models: int, watch: Watch) -> _Tried:
    """One model with every seed."""
    found = _Tried(name)
    minutes = options.minutes / (models * options.seeds * FITS)
    catalogue, truth = len(ground.goods.shown), ground.late.truth
    for seed in range(options.seeds):
        stage = name if options.seeds == 1 else f"{name}, seed {seed}"
        recipe = budgeted(Recipe(model=name, settings={}, seed=seed), minutes, options.threads)
        first = learnt(ground, recipe, ground.early, part_of(watch, stage, 0.0, 0.5), validated=True)
        settled = fitting.settled(recipe, first.found)
        second = learnt(ground, settled, ground.late, part_of(watch, stage, 0.5, 1.0), validated=False)
        lists = asked(name, ground, ground.late, second, deeply=True)
        found.learnt.append(second)
        found.at.append({str(k): figures(lists, truth, k, catalogue) for k in CUTOFFS})
        for k in CUTOFFS:
            found.recalls[k].append(recalls(lists, truth, k))
        found.beyond.append({str(k): beyond(lists, bench.known, k, catalogue) for k in CUTOFFS})
        found.parts.append(bench.slices.of(lists))
        found.ms.append(answer_ms(ground, ground.late, second))
        watch(stage, 1.0, recall=found.at[-1]["10"].recall)
    return found


def _row(tried: _Tried, base: _Tried) -> Row:
    """Means over the seeds, and the difference to the base."""
    gaps = {str(k): paired(_mean(tried.recalls[k]), _mean(base.recalls[k])) for k in CUTOFFS}
    newest = tried.learnt[-1]
    return Row(
        model=tried.model,
        settings=newest.recipe.settings,
        seeds=len(tried.at),
        at={str(k): _mean_of([each[str(k)] for each in tried.at]) for k in CUTOFFS},
        difference={} if tried is base else gaps,
        beyond={str(k): _mean_of([each[str(k)] for each in tried.beyond]) for k in CUTOFFS},
        parts=[_mean_part(same) for same in zip(*tried.parts, strict=True)],
        train_s=round(float(np.mean([each.seconds for each in tried.learnt])), 3),
        ms=round(float(np.median(tried.ms)), 3),
        bytes=newest.bytes,
    )


def _mean(values: list[Doubles]) -> Doubles:
    mean: Doubles = np.mean(values, axis=0)
    return mean


def _mean_of(several: list[Means]) -> Means:
    every = [msgspec.structs.asdict(each) for each in several]
    means = {name: type(value)(_average([each[name] for each in every])) for name, value in every[0].items()}
    return type(several[0])(**means)


def _mean_part(several: tuple[Part, ...]) -> Part:
    first = several[0]
    recall, ndcg = (_average([getattr(each, name) for each in several]) for name in ("recall", "ndcg"))
    return Part(first.by, first.part, first.shoppers, recall, ndcg)


def _average(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
