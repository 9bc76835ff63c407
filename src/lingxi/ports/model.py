"""What a model must offer to be trained, and a runtime to be served."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, History, Interactions

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Scored = tuple[Ints, Floats]
"""Item numbers int32[k] and their scores float32[k], best first."""


class Range(Struct, frozen=True):
    """Numbers that a setting may take in a search: `low` to `high`, `log`: even in their logarithm; `whole` ones."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


class Watch(Protocol):
    """Told of progress: the trainer calls it, a bar, a page or nothing listens."""

    def __call__(self, stage: str, done: float, **figures: float) -> None:
        """`done` of `stage` is in [0, 1]; `figures` are what is known by now (loss, recall, speed)."""
        ...


class Exporting(Protocol):
    """What has learnt, here or elsewhere."""

    def export(self, folder: Path, name: str) -> Component:
        """Writes what serves it into `folder`."""
        ...


class Model(Exporting, Protocol):
    """A recommender that learns. A file in `models/` offers `Config` (a frozen msgspec Struct of its settings with
    defaults) and `build(config, seed) -> Model`; with a `SPACE` (setting → `Range`, or a tuple of values) it can be
    tuned."""

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Learns from `past` (all before `until`); with `validation` it stops early by it, and the settings that it
        found (`epochs` …) are returned, to be passed in the Config of a fit that has none."""
        ...


class Need(Struct, frozen=True):
    """What a fit takes of memory at its peak, in bytes, estimated before it; `remedy` names what would take less."""

    bytes: int
    remedy: str


@runtime_checkable
class Estimating(Protocol):
    """A model that knows before a fit how much memory it takes."""

    def need(self, past: Interactions, goods: Goods) -> Need:
        """The estimate for a fit to `past`; it reads sizes and counts only."""
        ...


@runtime_checkable
class ReadingText(Protocol):
    """A model that may read `Goods.text`."""

    @property
    def reads_text(self) -> bool:
        """Whether it does, with the settings that it has: only then are texts encoded."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """A model whose fit can be killed and gone on with."""

    def resume_in(self, folder: Path) -> None:
        """Keeps in `folder` how far the next fit is, and begins there: it leads to the same net as one that was never
        killed. Another fit needs another folder."""
        ...


@runtime_checkable
class Sharing(Protocol):
    """A model whose fit several processes can share."""

    def share(self, rank: int, workers: int, folder: Path) -> None:
        """The next fit is one of `workers` (this is number `rank`, from 0) that are made at the same time of the same
        past, each of which takes its part of every step: all learn the net that one alone would. They meet in `folder`,
        which all see."""
        ...


class Runtime(Protocol):
    """Answers for a learnt thing without torch. A file in `runtimes/` offers
    `load(folder, component, ids) -> Runtime`, where `ids` maps this shop's item ids to numbers."""

    def propose(self, history: History, now: int, n: int) -> Scored:
        """The best `n` items for who has this history at `now`."""
        ...

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """The score of each of these items, float32[len(items)]; −inf for an item that it does not know."""
        ...
