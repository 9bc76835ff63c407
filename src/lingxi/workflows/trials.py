"""Trials: models fitted to one past of a shop's log, and asked for what the same shoppers did next."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from msgspec.structs import replace

from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.history import Goods, Interactions
from lingxi.ports.model import Runtime, Watch
from lingxi.train import fit as fitting
from lingxi.train.evaluate import Lists, rank
from lingxi.train.snapshot import Snapshot
from lingxi.train.split import DAY, Histories, Split, leave_one_out, split
from lingxi.workflows.take import check, take
from lingxi.workflows.workshop import Workshop

TIMED: Final = 200
"""Of how many shoppers the answers are timed."""
SHOWN: Final = 20
Protocol = Literal["time", "leave-one-out"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)


@dataclass(frozen=True, slots=True)
class Ground:
    """What every trial stands on: `early` ends where `late` begins. Settings are found on the days of `early`, models
    are compared on those of `late`, which nothing that is chosen has seen."""

    snapshot: Snapshot
    early: Split
    late: Split
    folder: Path
    threads: int
    histories: dict[int, Histories] = field(default_factory=dict)

    @property
    def goods(self) -> Goods:
        """The catalog."""
        return self.snapshot.goods

    def histories_of(self, part: Split) -> Histories:
        """Everyone's history as it stood when the split's days began."""
        if id(part) not in self.histories:
            self.histories[id(part)] = Histories(part.past)
        return self.histories[id(part)]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A fitted model as it serves, what it found, and what it cost: `seconds` of fitting, `bytes` on disk."""

    recipe: Recipe
    runtime: Runtime
    found: dict[str, Any]
    seconds: float
    bytes: int


def ground_of(
    shop: Workshop,
    folder: Path,
    holdout_days: float,
    threads: int,
    watch: Watch,
    protocol: Protocol = "time",
    *,
    text: bool = False,
) -> Ground:
    """A snapshot of the log in `folder`, with its last two spans of days cut off; or each shopper's last two choices.
    `text`: some model reads texts.

    Raises:
        NotEnoughData: the log holds too little; the remedy says what is missing.
    """
    snapshot = take(shop, folder, watch, text=text)
    acts, until, hold = snapshot.interactions, snapshot.about.until, int(holdout_days * DAY)
    if protocol == "leave-one-out":
        check(acts, 0)
        return Ground(snapshot, leave_one_out(acts, 1), leave_one_out(acts), folder, threads)
    check(acts, hold)
    early, late = (split(acts, at, holdout_days) for at in (until - 2 * hold, until - hold))
    return Ground(snapshot, early, late, folder, threads)


def budgeted(recipe: Recipe, minutes: float, threads: int) -> Recipe:
    """The recipe with a budget of time and threads where its model has settings for them and none is given."""
    known = registry.load("models", recipe.model, "Config").__struct_fields__
    budget = {"minutes": minutes, "threads": threads}
    return replace(recipe, settings={name: value for name, value in budget.items() if name in known} | recipe.settings)


def learnt(ground: Ground, recipe: Recipe, part: Split, watch: Watch, *, validated: bool) -> Learnt:
    """Fits a recipe to the past of a split; `validated`, it may look at the split's own days to know when to stop.

    Raises:
        Unknown, Invalid: there is no such model or setting.
        NotEnoughData: there is too little for this model.
    """
    after: Interactions | None = part.future if validated else None
    started = time.perf_counter()
    model, found = fitting.fit(recipe, part.past, ground.goods, part.at, after, watch)
    seconds = time.perf_counter() - started
    folder = Path(tempfile.mkdtemp(dir=ground.folder))
    component = model.export(folder, "model")
    ids = {name: number for number, name in enumerate(ground.goods.ids)}
    runtime: Runtime = registry.load("runtimes", component.runtime, "load")(folder, component, ids)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Learnt(recipe, runtime, found, seconds, size)


def asked(name: str, ground: Ground, part: Split, model: Learnt, *, deeply: bool = False) -> Lists:
    """Everyone's list at the split's time; `deeply`, with what is said of the whole catalogue."""
    catalogue = ground.goods.shown if deeply else None
    return rank(name, model.runtime, ground.histories_of(part), part.truth, part.at, catalogue)


def answer_ms(ground: Ground, part: Split, model: Learnt) -> float:
    """The median time of an answer of 20 items, in ms, over up to 200 shoppers."""
    histories = ground.histories_of(part)
    spent = []
    for shopper in part.truth.shopper[:: max(1, len(part.truth) // TIMED)][:TIMED].tolist():
        history = histories.of(shopper)
        started = time.perf_counter()
        model.runtime.propose(history, part.at, SHOWN)
        spent.append(time.perf_counter() - started)
    return float(np.median(spent) * 1e3) if spent else float("nan")


def part_of(watch: Watch, name: str, low: float = 0.0, high: float = 1.0) -> Watch:
    """A watch for a fit that is one part of the stage `name`: from `low` to `high` of it, in [0, 1], never the end."""

    def told(stage: str, done: float, **figures: float) -> None:  # noqa: ARG001 (the model names its own stages)
        watch(name, min(0.99, low + (high - low) * done), **figures)

    return told
