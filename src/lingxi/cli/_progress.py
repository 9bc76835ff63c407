"""Progress bars on stderr, for long commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lingxi.ports.model import Watch


@contextmanager
def bars(silent: bool = False) -> Iterator[Watch]:
    """A watch that draws a bar for each stage, with the time that has passed and that is left and what is known by now
    (loss, speed); where stderr is no terminal, a line when a stage is done."""
    console = Console(stderr=True, highlight=False)
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left", style="dim"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}", style="dim"),
    )
    drawn = sys.stderr.isatty() and not silent
    with Progress(*columns, console=console, disable=not drawn) as progress:
        tasks: dict[str, TaskID] = {}
        done_with: set[str] = set()
        known: dict[str, dict[str, float]] = {}

        def watch(stage: str, done: float, **figures: float) -> None:
            known[stage] = {**known.get(stage, {}), **figures}
            said = "  ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in known[stage].items())
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=1.0, figures=said)
            progress.update(tasks[stage], completed=done, figures=said)
            if done >= 1.0 and stage not in done_with and not (drawn or silent):
                done_with.add(stage)
                print(f"{stage}: done  {said}".rstrip(), file=sys.stderr, flush=True)

        yield watch


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
