"""A training at work: the snapshot, and the fits of models to its parts."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from lingxi import registry
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import FORMAT, Component, Manifest, Recipe
from lingxi.domain.history import Interactions
from lingxi.ports.model import Exporting, Watch
from lingxi.spans import span
from lingxi.state.statistics import measure
from lingxi.train import fit as fitting
from lingxi.train import snapshot as snapshots
from lingxi.workflows import together
from lingxi.workflows.take import left_out
from lingxi.workflows.workshop import Options, Workshop

FITS: Final = 3
SHARE: Final = 0.8
"""Of the time given, what the fits may take; the rest goes to reading, judging and writing."""
COMPONENTS: Final = {"item_knn": "neighbours"}
"""What a model's component is called in the pipeline, where that is not the model's name."""


@dataclass(slots=True)
class Fitted:
    """A model fitted up to some time, what the fit found, and the model as it will serve."""

    model: Exporting
    found: dict[str, Any]
    bundle: LiveBundle


class Training:
    """One run: what it learns from, how it fits a model to a part of that, and what it will tell of itself."""

    def __init__(
        self, shop: Workshop, options: Options, snapshot: snapshots.Snapshot, folder: Path, watch: Watch
    ) -> None:
        self.shop, self.options, self.folder, self.watch = shop, options, folder, watch
        self.acts, self.goods, self.about = snapshot.interactions, snapshot.goods, snapshot.about
        self.ids = {name: number for number, name in enumerate(self.goods.ids)}
        self.curves: dict[str, list[dict[str, float]]] = {}
        self.notes: list[str] = [*([options.note] if options.note else []), left_out(self.about)]

    def recipe(self) -> Recipe:
        """What was asked for, with the time and the threads that each fit has."""
        options = self.options
        settings = dict(options.settings)
        if {"minutes", "threads"} <= set(registry.load("models", options.model, "Config").__struct_fields__):
            settings = {"minutes": self.minutes(), "threads": options.threads or os.cpu_count() or 1, **settings}
        return Recipe(model=options.model, settings=settings, seed=options.seed)

    def minutes(self) -> float:
        """Of each fit that has a budget: three, and one of what serves."""
        return self.options.minutes * SHARE / (FITS + (self.shop.live is not None))

    def fit(
        self, name: str, recipe: Recipe, past: Interactions, until: int, validation: Interactions | None = None
    ) -> Fitted:
        """The model of a recipe, fitted to `past`, which ends at `until`; `validation` says when to stop."""
        curve = self.curves.setdefault(name.partition(":")[0], [])

        def told(stage: str, done: float, **figures: float) -> None:  # noqa: ARG001 (the run names its own stages)
            if "epoch" in figures:
                curve.append(figures)
            self.watch(name, done, **figures)

        self.watch(name, 0.0)
        kept = self.folder / "fits" / re.sub(r"\W+", "-", name)
        with span(name), span("fit"):
            model, result = self._fitted(recipe, past, until, validation, told, kept)
        self.watch(name, 1.0)
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        with span(name), span("export"):
            component = model.export(folder, part_of(model, recipe))
        return Fitted(model, result, self._loaded(folder, component, past))

    def _fitted(
        self, recipe: Recipe, past: Interactions, until: int, validation: Interactions | None, told: Watch, kept: Path
    ) -> tuple[Exporting, dict[str, Any]]:
        """Here, or by several workers together."""
        workers = self.shop.executor
        if workers is not None and workers.workers > 1 and together.shares(recipe):
            return together.fit(workers, recipe, past, self.goods, until, validation, told, kept)
        return fitting.fit(recipe, past, self.goods, until, validation, told, kept)

    def _loaded(self, folder: Path, component: Component, past: Interactions) -> LiveBundle:
        manifest = manifest_of("in training", self.shop, self.about, (component,))
        manifest = replace(manifest, statistics=measure(past, self.goods))
        return LiveBundle.load(folder, manifest, self.ids)

    def hurried(self, recipe: Recipe) -> Recipe:
        """What serves, fitted in its share of this training's time where it was given more."""
        given = recipe.settings.get("minutes")
        if not isinstance(given, int | float) or given <= self.minutes():
            return recipe
        return replace(recipe, settings={**recipe.settings, "minutes": self.minutes()})


def part_of(model: Exporting, recipe: Recipe) -> str:
    """What the component is called in the pipeline: whatever reads histories as moments serves as `sequence`."""
    part: str = getattr(model, "part", COMPONENTS.get(recipe.model, recipe.model))
    return part


def manifest_of(name: str, shop: Workshop, about: snapshots.About, components: tuple[Component, ...]) -> Manifest:
    """The manifest of a bundle that says what it was learnt from, and not yet how."""
    return Manifest(
        format=FORMAT,
        id=name,
        shop=shop.shop,
        created=shop.now,
        recipe=Recipe(model="", settings={}),
        components=components,
        seq=about.seq,
        fit=(about.since, about.until),
    )
