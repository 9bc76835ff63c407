"""A search for the settings of a model: many fits to one past, each judged on the days after it, the weak given up.

What it chooses by are days before those on which the best is compared with the defaults in the end.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import optuna
from msgspec import Struct

from lingxi import registry
from lingxi.domain.bundle import Interval, Recipe
from lingxi.domain.errors import NotEnoughData, Refused, TooLarge
from lingxi.metrics.interval import paired
from lingxi.ports.executor import Executor
from lingxi.ports.model import Watch
from lingxi.ports.recipe import reads_text
from lingxi.train import snapshot as snapshots
from lingxi.train.evaluate import recalls
from lingxi.train.split import DAY, split
from lingxi.workflows._study import (
    DEFAULTS,
    FOUND,
    Tried,
    ended,
    importance_in,
    mend,
    pruning,
    study_in,
    suggested,
    take_up,
    tried,
)
from lingxi.workflows.studies import ABOUT, BEST, About, Best, Value, about_in, print_of, space_of, study_folder
from lingxi.workflows.take import check, take
from lingxi.workflows.trials import Ground, asked, budgeted, learnt, part_of
from lingxi.workflows.workroom import clear, workroom
from lingxi.workflows.workshop import Workshop

K: Final = 10
SHARE: Final = 0.75
"""Of the time given, what the search may take; the rest compares the best with the defaults on days not seen."""
USUAL_TRIALS: Final = 20
"""By how many trials the time is divided for models with a budget, where no number is given."""


class Options(Struct, frozen=True, kw_only=True):
    """The `model` and the `study` (a name; the model's own where it is empty), `minutes` in all, at most so many
    `trials` (None: as many as there is time for), CPU `threads` of all workers together (0: all)."""

    model: str
    study: str = ""
    minutes: float = 60.0
    trials: int | None = None
    threads: int = 0
    holdout_days: float = 14.0
    seed: int = 0


class Tuned(Struct, frozen=True, kw_only=True):
    """What a search found. `importance` adds up to 1 over the settings; `difference` is the recall at 10 of the best
    less that of the defaults, paired by shopper, on the days `since` to `until` (µs UTC) that the search never saw."""

    study: str
    model: str
    trials: list[Tried]
    best: Tried
    importance: dict[str, float]
    since: int
    until: int
    shoppers: int
    default_recall: float
    best_recall: float
    difference: Interval


class Task(Struct, frozen=True, kw_only=True):
    """What one worker is told. `folder` is the study's, `room` the place for what is fitted, `snapshot` the data's."""

    folder: str
    room: str
    snapshot: str
    model: str
    holdout_days: float
    minutes: float
    seconds: float
    trials: int | None
    threads: int
    seed: int


def tune(shop: Workshop, options: Options, executor: Executor, watch: Watch) -> Tuned:
    """Searches, or goes on with a search that was interrupted, and keeps the best settings in the study's folder.

    Raises:
        Unknown: there is no such model.
        Invalid: the model has nothing to tune, or the study is of something else.
        Incompatible: the study cannot be read.
        NotEnoughData: the log holds too little; the remedy says what is missing.
        Refused: another search is at work on this shop.
    """
    space = space_of(options.model)
    name = options.study or options.model
    folder = study_folder(shop.folder, name)
    with workroom(shop.folder, "tune") as room:
        clear(room)
        about = about_in(folder, options.model, options.holdout_days, space)
        seq, until = (None, None) if about is None else (about.seq, about.until)
        text = reads_text([Recipe(model=options.model, settings={})])
        snapshot = take(shop, room, watch, seq, until, text=text)
        ground = _ground(snapshot, room, options.holdout_days, options.threads)
        check(snapshot.interactions, int(options.holdout_days * DAY))
        if about is None:
            about = About(
                model=options.model,
                holdout_days=options.holdout_days,
                space=print_of(space),
                seq=snapshot.about.seq,
                until=snapshot.about.until,
            )
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ABOUT).write_bytes(msgspec.json.encode(about))
        mend(folder)
        _search(folder, room, snapshot, options, executor, watch)
        return _told(name, folder, ground, options, watch)


def _ground(snapshot: snapshots.Snapshot, room: Path, holdout_days: float, threads: int) -> Ground:
    until, hold = snapshot.about.until, int(holdout_days * DAY)
    early, late = (split(snapshot.interactions, at, holdout_days) for at in (until - 2 * hold, until - hold))
    return Ground(snapshot, early, late, room, threads)


def _search(
    folder: Path, room: Path, snapshot: snapshots.Snapshot, options: Options, executor: Executor, watch: Watch
) -> None:
    """Lets the workers search until time or trials are spent."""
    study = study_in(folder, options.seed)
    take_up(study)
    before, started = len(ended(study)), time.monotonic()
    seconds = options.minutes * 60 * SHARE
    left = None if options.trials is None else max(0, options.trials - len(ended(study)))
    if left == 0:
        return
    if not study.trials:
        study.enqueue_trial(_defaults(options.model), user_attrs={DEFAULTS: True})
    workers = executor.workers if left is None else min(executor.workers, left)
    cores = options.threads or os.cpu_count() or 1
    minutes = options.minutes * SHARE * workers / max(left or USUAL_TRIALS, workers)
    tasks = [
        Task(
            folder=str(folder),
            room=str(room),
            snapshot=str(room / snapshot.about.name),
            model=options.model,
            holdout_days=options.holdout_days,
            minutes=minutes,
            seconds=seconds,
            trials=None if left is None else left // workers + (number < left % workers),
            threads=max(1, cores // workers),
            seed=options.seed + 1000 * before + number,
        )
        for number in range(workers)
    ]

    def idle() -> None:
        done = ended(study)
        share = (time.monotonic() - started) / seconds if left is None else (len(done) - before) / left
        values = [each.value for each in done if each.value is not None]
        watch("search", min(0.99, share), trials=float(len(done)), best=max(values, default=math.nan))

    executor.run(search, tasks, idle)
    watch("search", 1.0, trials=float(len(ended(study))))


def search(task: Task) -> int:
    """What one worker does: trial after trial, until its share of trials or the time is spent; how many it made."""
    study = study_in(Path(task.folder), task.seed)
    snapshot = snapshots.read(Path(task.snapshot))
    ground = _ground(snapshot, Path(task.room), task.holdout_days, task.threads)
    space, before = space_of(task.model), len(study.trials)
    # What learns by epochs must know when to stop. The others would go on to choose for themselves, and say nothing of
    # the settings of the trial: only the first may, which is what the model is without a search.
    stops = "epochs" in registry.load("models", task.model, "Config").__struct_fields__

    def objective(trial: optuna.Trial) -> float:
        settings = {name: suggested(trial, name, each) for name, each in space.items()}
        recipe = Recipe(model=task.model, settings=settings, seed=0)
        recipe = budgeted(recipe, task.minutes, task.threads)
        model = learnt(ground, recipe, ground.early, pruning(trial), validated=stops or DEFAULTS in trial.user_attrs)
        trial.set_user_attr(FOUND, {**settings, **_plain(model.found, task.model)})
        values = recalls(asked("trial", ground, ground.early, model), ground.early.truth, K)
        return float(np.nanmean(values))

    study.optimize(objective, n_trials=task.trials, timeout=task.seconds, catch=(NotEnoughData, Refused, TooLarge))
    return len(study.trials) - before


def _plain(found: Mapping[str, Any], model: str) -> dict[str, Value]:
    """What a fit found, of the settings that the model has."""
    known = registry.load("models", model, "Config").__struct_fields__
    return {
        name: value
        for name, value in found.items()
        if name in known and (value is None or isinstance(value, bool | int | float | str))
    }


def _defaults(model: str) -> dict[str, Value]:
    """The model's own settings, which are the first trial."""
    config = registry.load("models", model, "Config")()
    return {name: getattr(config, name) for name in space_of(model)}


def _told(name: str, folder: Path, ground: Ground, options: Options, watch: Watch) -> Tuned:
    """Keeps the best, and compares it with the defaults on days that the search never saw.

    Raises:
        NotEnoughData: no trial came to its end.
    """
    study = study_in(folder, options.seed)
    trials = [tried(each) for each in ended(study)]
    complete = [each for each in trials if each.state == "complete" and each.value is not None]
    if not complete:
        raise NotEnoughData("no trial came to its end", where=f"study '{name}'", remedy="give it more --minutes")
    best = max(complete, key=lambda each: each.value or 0.0)
    (folder / BEST).write_bytes(msgspec.json.encode(Best(model=options.model, settings=best.settings)))
    minutes = options.minutes * (1 - SHARE) / 2
    plain = _judged(ground, options, _found_by(study, _defaults(options.model)), minutes, part_of(watch, "defaults"))
    watch("defaults", 1.0, recall=float(np.nanmean(plain)))
    theirs = _judged(ground, options, best.settings, minutes, part_of(watch, "best"))
    watch("best", 1.0, recall=float(np.nanmean(theirs)))
    return Tuned(
        study=name,
        model=options.model,
        trials=trials,
        best=best,
        importance=importance_in(study),
        since=ground.late.at,
        until=ground.snapshot.about.until,
        shoppers=len(ground.late.truth),
        default_recall=float(np.nanmean(plain)),
        best_recall=float(np.nanmean(theirs)),
        difference=paired(theirs, plain, options.seed),
    )


def _found_by(study: optuna.Study, defaults: dict[str, Value]) -> dict[str, Value]:
    """The defaults, with what the fit of their trial found where it came to its end."""
    trial = next((each for each in ended(study) if DEFAULTS in each.user_attrs and FOUND in each.user_attrs), None)
    return defaults if trial is None else trial.user_attrs[FOUND]


def _judged(
    ground: Ground, options: Options, settings: Mapping[str, Value], minutes: float, watch: Watch
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    recipe = budgeted(Recipe(model=options.model, settings=dict(settings)), minutes, options.threads)
    model = learnt(ground, recipe, ground.late, watch, validated=False)
    return recalls(asked("judged", ground, ground.late, model), ground.late.truth, K)
