"""`lingxi train`: learns from the log, judges what it learnt, publishes it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from msgspec.structs import replace

from lingxi import config, registry
from lingxi.cli._aside import ended_after, stand_back, trainers
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of, existing
from lingxi.cli._print import as_json, as_table, figure
from lingxi.cli._profile import profiled
from lingxi.cli._progress import bars
from lingxi.domain.bundle import Manifest
from lingxi.domain.errors import Invalid, LingxiError, Refused
from lingxi.ports.recipe import settings_of

if TYPE_CHECKING:
    from lingxi.app.desk import Desk
    from lingxi.ports.model import Watch
    from lingxi.workflows.choose import Choice
    from lingxi.workflows.workshop import Options

TELL_SECONDS: Final = 0.5
AUTO: Final = "auto"
LEAVE: Final = 1.0
"""Seconds before the end of the time at which a run of --model auto gives up; it is ended half of them later."""


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    examples = (
        "Examples: `lingxi train` · `lingxi train --minutes 3 --promote` · `lingxi train --set content=text` · "
        "`lingxi train --model auto`"
    )
    cli.command("train", epilog=examples)(train)


def train(
    model: Annotated[
        str | None, typer.Option(help="The model to train, or auto: what the log speaks for. [default: train.model]")
    ] = None,
    answer_ms: Annotated[float, typer.Option(min=0.01, help="With auto: the most that an answer may take.")] = 20.0,
    minutes: Annotated[float | None, typer.Option(help="Time it may take in all. [default: train.minutes]")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads; 0: all. [default: train.threads]")] = None,
    seed: Annotated[int | None, typer.Option(help="Of every random choice. [default: train.seed]")] = None,
    told: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the model, as width=128; + parts a list's values.")
    ] = None,
    study: Annotated[str | None, typer.Option(help="With the model and the settings that `lingxi tune` found.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that learn one net together. [default: train.workers]")
    ] = None,
    executor: Annotated[str | None, typer.Option(help="process, or ray. [default: train.executor]")] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Tell where the time went, as a table and a file.")
    ] = False,
    ranker: Annotated[
        str | None, typer.Option(help="What orders the candidates: auto, blend, trees … [default: train.ranker]")
    ] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Make it live, if the gate lets it.")] = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Train a model on the log, judge it against what is live, publish it with its report.

    It stands back behind a running server (`train.nice`). With --model auto it has ended when the --minutes are over,
    whatever it is at. Refused with --promote, it leaves with 1 and the figures.
    """
    given: dict[str, Any] = {"model": model, "minutes": minutes, "threads": threads, "seed": seed}
    given |= {"workers": workers, "executor": executor, "ranker": ranker}
    chosen = config.overruled(existing(home)[1], "train", given).train
    registry.choose("model", chosen.model, (*registry.names("models"), AUTO))
    registry.choose("ranker", chosen.ranker, (*registry.names("rankers"), AUTO, "blend", "none"))
    began = time.monotonic()
    stand_back(chosen.nice, chosen.threads)
    with desk_of(home, shop) as desk:
        options = _options(desk, chosen, study, told or [], named=model is not None)
        folder, profiling = desk.parts.folder, profiled(desk.parts.folder, wanted=profile, silent=json)
        with profiling, bars(json) as bar, _telling(folder, bar) as watch, trainers():
            choice = None
            if options.model == AUTO:
                choice, found = _chosen(desk, options, chosen, answer_ms, began, watch)
            else:
                found = desk.learn(options, watch, chosen.executor, chosen.workers)
        live, refusal = desk.live(), None
        if promote:
            try:
                live = desk.promote(found.id, force=False, why="")
            except Refused as error:
                refusal = error
    if json:
        as_json({"model": found, "live": live, "refused": str(refusal) if refusal else None, "choice": choice})
    else:
        if choice is not None:
            _show_choice(choice)
        _show(found, live)
    if refusal is not None:
        raise refusal


def _options(desk: Desk, chosen: config.Train, study: str | None, told: list[str], *, named: bool) -> Options:
    """How to train, with what a study found, and what was told over that.

    Raises:
        Unknown: there is no such study.
        Invalid: it is of another model than the one that was named, or what was told is no setting.
    """
    from lingxi.workflows.workshop import Options

    best = desk.studied(study) if study is not None else None
    if best is not None and named and chosen.model != best.model:
        raise Invalid(f"study '{study}' is of '{best.model}'", where="--model", remedy="leave --model out")
    model = chosen.model if best is None else best.model
    if model == AUTO and told:
        raise Invalid("there is no telling whose setting it is", where="--set", remedy="name the model: --model")
    settings = {} if best is None else dict(best.settings)
    if told:
        settings |= settings_of(model, told, "--set")
    return Options(
        model=model,
        settings=settings,
        minutes=chosen.minutes,
        threads=chosen.threads,
        holdout_days=chosen.holdout_days,
        seed=chosen.seed,
        ranker=chosen.ranker,
    )


def _chosen(
    desk: Desk, options: Options, chosen: config.Train, answer_ms: float, began: float, watch: Watch
) -> tuple[Choice, Manifest]:
    """The model that the log speaks for, and what its training made, all within the minutes that began at `began`.

    Raises:
        OutOfTime: they were too few; nothing is published.
    """
    from lingxi.workflows.choose import Bounds
    from lingxi.workflows.deadline import Deadline

    leave = min(LEAVE, options.minutes * 6)
    deadline = Deadline(options.minutes * 60 - leave, began)
    with ended_after(deadline.left() + leave / 2, lambda: _say_late(desk.parts.folder)):
        bounds = Bounds(deadline, answer_ms, options.threads, options.holdout_days, options.seed)
        choice = desk.choose(bounds, watch)
        options = replace(
            options,
            model=choice.model,
            settings=choice.settings,
            settled=choice.settled,
            minutes=choice.minutes,
            note=choice.why,
        )
        return choice, desk.learn(options, deadline.kept(watch), chosen.executor, chosen.workers)


def _say_late(folder: Path) -> None:
    """What is said where a run had to be ended in the middle of what cannot be interrupted."""
    from lingxi.app.told import TRAINING_FILE, tell

    what = "the time is up (--minutes); nothing was published; give it more, or name a model that costs less"
    tell(folder / TRAINING_FILE, {"stage": "done", "done": 1.0, "figures": {}, "state": "failed", "error": what})
    print(f"lingxi: {what}", file=sys.stderr, flush=True)


@contextmanager
def _telling(folder: Path, bar: Watch) -> Iterator[Watch]:
    """A watch that also writes how far it is, for the server's pages; and how it ended."""
    from lingxi.app.told import TRAINING_FILE, tell

    file = folder / TRAINING_FILE
    said: dict[str, object] = {"stage": "start", "done": 0.0, "figures": {}, "started": time.time_ns() // 1000}
    told_at = 0.0

    def watch(stage: str, done: float, **figures: float) -> None:
        nonlocal told_at
        bar(stage, done, **figures)
        if stage != said["stage"] or time.monotonic() - told_at > TELL_SECONDS:
            told_at = time.monotonic()
            said.update(stage=stage, done=done, figures=figures)
            tell(file, {**said, "state": "running", "pid": os.getpid()})

    tell(file, {**said, "state": "running", "pid": os.getpid()})
    try:
        yield watch
    except BaseException as error:
        what = str(error) if isinstance(error, LingxiError) else type(error).__name__
        tell(file, {**said, "state": "failed", "error": what})
        raise
    tell(file, {**said, "stage": "done", "done": 1.0, "state": "done"})


def _show_choice(choice: Choice) -> None:
    rows = [
        (each.model, "" if each.recall is None else figure(each.recall), f"{each.ms:.2f} ms", each.why)
        for each in choice.tried
    ]
    as_table(("tried", "recall@10>", "answer>", "why"), rows)
    typer.echo(f"chosen: {choice.why}")


def _show(found: Manifest, live: str | None) -> None:
    typer.echo(f"{found.id}: {'live' if found.id == live else 'published, not live'}")
    if (judged := found.judged) is not None:
        change = judged.difference
        typer.echo(
            f"{judged.metric} of {judged.surface}: {figure(judged.challenger_value)} against "
            f"{figure(judged.champion_value)}, {change.estimate:+.4f} ({change.low:+.4f} to {change.high:+.4f})"
        )
        typer.echo(judged.reason)
    if found.id != live:
        typer.echo(f"next: `lingxi models promote {found.id}`")
