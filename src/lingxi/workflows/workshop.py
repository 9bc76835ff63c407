"""What a training works on, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from lingxi.deploy.gate import Bar
from lingxi.nearest.plan import Wanted
from lingxi.ports.bundles import Bundles
from lingxi.ports.catalog import Catalog
from lingxi.ports.encoder import TextEncoder
from lingxi.ports.executor import Executor
from lingxi.ports.log import Log
from lingxi.ports.slates import Slates
from lingxi.ports.survey import Surveyed
from lingxi.recommend.settings import Settings
from lingxi.workflows._comparing import BLEND


class Options(Struct, frozen=True, kw_only=True):
    """How to train: the model, the `minutes` and CPU `threads` (0: all) it may take, the holdout's days, the seed; a
    `note` for the report: why this model; `settled`: its settings are found, so that no fit looks for them. `ranker`:
    what shall order the candidates of `home` (`auto`, `blend`, `none` or a file of lingxi/rankers)."""

    model: str = "sequence"
    minutes: float = 10.0
    threads: int = 1
    holdout_days: float = 14.0
    seed: int = 0
    settings: dict[str, Any] = {}
    note: str = ""
    settled: bool = False
    ranker: str = BLEND


class Ledger(Log, Surveyed, Protocol):
    """A log that says which marks its events have."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a training works on: one shop's log, catalog and bundles, `folder` for what it needs meanwhile, the bundle
    that is `live`, the gate's `bar`, the shop's settings of slates and of its `index`, its time zone. `now` is µs UTC.
    `encoder` opens what makes vectors of texts, if there is one: only where a model reads them. Fits that can be shared
    are, by the workers of an `executor`. A ranker learns from the `slates` that were shown, where they are at hand and
    enough."""

    shop: str
    log: Ledger
    catalog: Catalog
    bundles: Bundles
    folder: Path
    now: int
    live: str | None
    bar: Bar
    settings: Settings = field(default_factory=Settings)
    timezone: str = "UTC"
    encoder: Callable[[], TextEncoder | None] = lambda: None
    executor: Executor | None = None
    index: Wanted = field(default_factory=Wanted)
    slates: Slates | None = None
