"""A fit that several workers share: each takes its part of every step, and all learn the net that one would learn.

Everything goes by way of a folder that all see: the data, how far it is, and the net.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lingxi.domain.bundle import Component, Recipe
from lingxi.domain.history import Goods, Interactions
from lingxi.ports.executor import Executor
from lingxi.ports.model import Sharing, Watch
from lingxi.ports.recipe import build
from lingxi.train import fit as fitting
from lingxi.train import snapshot as snapshots

NET: Final = "net"
MEETING: Final = "together-"
TOLD, FOUND = "told.jsonl", "found.json"


class Task(Struct, frozen=True, kw_only=True):
    """What one worker is told: `past` and `validation` are folders of snapshots, `folder` is where all meet and where
    the first leaves the net, `kept` where it keeps how far it is."""

    rank: int
    workers: int
    recipe: Recipe
    past: str
    validation: str | None
    until: int
    folder: str
    kept: str


class Word(Struct, frozen=True):
    """What the first worker told its watch."""

    stage: str
    done: float
    figures: dict[str, float]


class Found(Struct, frozen=True):
    """What the fit found, and what the net is as a component."""

    found: dict[str, Any]
    component: Component
    part: str | None


@dataclass(frozen=True, slots=True)
class Learnt:
    """A net that was fitted elsewhere, in `folder`. `part` is its component's name in the pipeline."""

    folder: Path
    component: Component
    part: str

    def export(self, folder: Path, name: str) -> Component:
        """Copies what the first worker wrote."""
        shutil.copytree(self.folder / self.component.folder, folder / name, dirs_exist_ok=True)
        return replace(self.component, name=name, folder=name)


def shares(recipe: Recipe) -> bool:
    """Whether several workers can share a fit of this recipe."""
    return isinstance(build(recipe), Sharing)


def fit(
    executor: Executor,
    recipe: Recipe,
    past: Interactions,
    goods: Goods,
    until: int,
    validation: Interactions | None,
    watch: Watch,
    kept: Path,
) -> tuple[Learnt, dict[str, Any]]:
    """As `train.fit.fit`, by the executor's workers; raises as that does, and Unavailable where a worker died."""
    kept.mkdir(parents=True, exist_ok=True)
    for left in kept.glob(f"{MEETING}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=kept, prefix=MEETING))
    held = [_written(each, goods, folder / name) for each, name in ((past, "past"), (validation, "after"))]
    tasks = [
        Task(
            rank=rank,
            workers=executor.workers,
            recipe=recipe,
            past=str(held[0]),
            validation=None if held[1] is None else str(held[1]),
            until=until,
            folder=str(folder),
            kept=str(kept),
        )
        for rank in range(executor.workers)
    ]
    heard = _Heard(folder / TOLD, watch)
    executor.run(work, tasks, heard)
    heard()
    found = msgspec.json.decode((folder / FOUND).read_bytes(), type=Found)
    for each in held:
        if each is not None:
            snapshots.delete(each)
    return Learnt(folder, found.component, found.part or recipe.model), found.found


def _written(acts: Interactions | None, goods: Goods, home: Path) -> Path | None:
    if acts is None:
        return None
    return snapshots.Snapshot(snapshots.About(seq=0, since=0, until=0), acts, goods).write(home)


def work(task: Task) -> int:
    """What one worker does; its rank."""
    past = snapshots.read(Path(task.past))
    after = None if task.validation is None else snapshots.read(Path(task.validation)).interactions
    folder = Path(task.folder)
    model, found = fitting.fit(
        task.recipe,
        past.interactions,
        past.goods,
        task.until,
        after,
        _Telling(folder / TOLD) if task.rank == 0 else _silent,
        Path(task.kept),
        fitting.Share(task.rank, task.workers, folder),
    )
    if task.rank == 0:
        component = model.export(folder, NET)
        told = Found(found, component, getattr(model, "part", None))
        (folder / FOUND).write_bytes(msgspec.json.encode(told))
    return task.rank


class _Telling:
    """A watch that writes what it is told, a line each: every epoch, and of what lies between some."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._said = -1.0

    def __call__(self, stage: str, done: float, **figures: float) -> None:
        if "epoch" not in figures and done - self._said < 0.002:
            return
        self._said = done
        with self.file.open("ab") as file:
            file.write(msgspec.json.encode(Word(stage, done, figures)) + b"\n")


class _Heard:
    """Tells a watch here what was written since it was last called."""

    def __init__(self, file: Path, watch: Watch) -> None:
        self.file, self.watch, self.read = file, watch, 0

    def __call__(self) -> None:
        for word in self._new():
            self.watch(word.stage, word.done, **word.figures)

    def _new(self) -> Iterator[Word]:
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            file.seek(self.read)
            whole, newline, _ = file.read().rpartition(b"\n")
        self.read += len(whole) + len(newline)
        for line in whole.splitlines():
            yield msgspec.json.decode(line, type=Word)


def _silent(stage: str, done: float, **figures: float) -> None:
    """One tells for all."""
