"""Fits a recipe: the model that it names, with its settings, to a past."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.history import Goods, Interactions
from lingxi.ports.model import Model, Resumable, Sharing, Watch
from lingxi.ports.recipe import build
from lingxi.train.leak import check_acts
from lingxi.train.memory import check_memory


class Share(NamedTuple):
    """Which of the workers this is, see `ports.model.Sharing`."""

    rank: int
    workers: int
    folder: Path


def fit(
    recipe: Recipe,
    past: Interactions,
    goods: Goods,
    until: int,
    validation: Interactions | None,
    watch: Watch,
    folder: Path | None = None,
    share: Share | None = None,
) -> tuple[Model, dict[str, Any]]:
    """Fits to `past`, all before `until` (µs UTC); returns the model and what `validation` made it find.

    `folder` is where a model that can be gone on with keeps how far it is; with a `share`, others fit the
    same elsewhere.

    Raises:
        Invalid: `past` holds what happened, or was received, at `until` or later, or what a shopper is validated on: a
            fit sees only the past.
        NotEnoughData: there is too little to learn from.
        TooLarge: it would take more memory than there is; the remedy says what would take less.
    """
    check_acts(past, until, validation)
    model = build(recipe)
    check_memory(recipe.model, model, past, goods)
    if folder is not None and isinstance(model, Resumable):
        model.resume_in(folder)
    if share is not None and isinstance(model, Sharing):
        model.share(share.rank, share.workers, share.folder)
    return model, model.fit(past, goods, until, validation, watch)


def settled(recipe: Recipe, found: dict[str, Any]) -> Recipe:
    """The recipe for a fit without validation: what an earlier fit found (`epochs` …) replaces the setting."""
    known = registry.load("models", recipe.model, "Config").__struct_fields__
    settings = {**recipe.settings, **{name: value for name, value in found.items() if name in known}}
    return msgspec.structs.replace(recipe, settings=settings)
