"""`lingxi train`: learns from the log, judges what it learnt, publishes it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lingxi import config, registry
from lingxi.cli._aside import stand_back, trainers
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of, existing
from lingxi.cli._print import as_json, figure
from lingxi.cli._progress import bars
from lingxi.domain.bundle import Manifest
from lingxi.domain.errors import Invalid, LingxiError, Refused

if TYPE_CHECKING:
    from lingxi.ports.model import Watch

TELL_SECONDS: Final = 0.5


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("train", epilog="Examples: `lingxi train` · `lingxi train --minutes 3 --promote`")(train)


def train(
    model: Annotated[str | None, typer.Option(help="The model to train. [default: train.model]")] = None,
    minutes: Annotated[float | None, typer.Option(help="Time it may take in all. [default: train.minutes]")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads; 0: all. [default: train.threads]")] = None,
    seed: Annotated[int | None, typer.Option(help="Of every random choice. [default: train.seed]")] = None,
    study: Annotated[str | None, typer.Option(help="With the model and the settings that `lingxi tune` found.")] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Make it live, if the gate lets it.")] = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Train a model on the log, judge it against what is live, publish it with its report.

    It stands back behind a running server (`train.nice`). Refused with --promote, it leaves with 1 and the figures.
    """
    given = {"model": model, "minutes": minutes, "threads": threads, "seed": seed}
    chosen = config.overruled(existing(home)[1], "train", given).train
    registry.choose("model", chosen.model, registry.names("models"))
    stand_back(chosen.nice, chosen.threads)
    from lingxi.workflows.learn import Options

    with desk_of(home, shop) as desk:
        best = desk.studied(study) if study is not None else None
    if best is not None and model not in (None, best.model):
        raise Invalid(f"study '{study}' is of '{best.model}'", where="--model", remedy="leave --model out")
    options = Options(
        model=chosen.model if best is None else best.model,
        settings={} if best is None else dict(best.settings),
        minutes=chosen.minutes,
        threads=chosen.threads,
        holdout_days=chosen.holdout_days,
        seed=chosen.seed,
    )
    with desk_of(home, shop) as desk, bars(json) as bar, _telling(desk.parts.folder, bar) as watch:
        with trainers():
            found = desk.learn(options, watch)
        live, refusal = desk.live(), None
        if promote:
            try:
                live = desk.promote(found.id, force=False, why="")
            except Refused as error:
                refusal = error
    if json:
        as_json({"model": found, "live": live, "refused": str(refusal) if refusal else None})
    else:
        _show(found, live)
    if refusal is not None:
        raise refusal


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
