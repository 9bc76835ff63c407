"""Judges a training's challenger against what serves, and reports its figures beside those of the baselines."""

from __future__ import annotations

from typing import Final

from lingxi.deploy.gate import judge
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Judgement, Recipe
from lingxi.train.beyond import known_of
from lingxi.train.evaluate import Lists, rank, recalls
from lingxi.train.report import Report, rows_of
from lingxi.train.split import Split
from lingxi.workflows._order import Order, order_of
from lingxi.workflows._training import Training
from lingxi.workflows.judge import JUDGED, METRIC, Court, K, court_of, lists

BASELINES: Final = ("popular", "own_decayed", "item_knn")


def judged(
    training: Training, late: Split, recipe: Recipe, challenger: LiveBundle, order: Order
) -> tuple[Judgement, Report]:
    """The figures for the gate, and the report: of slates after `late.at`, by pipelines fitted to its past."""
    training.watch("judge", 0.0)
    court = court_of(late, training.goods, training.shop.timezone)
    ours = lists(JUDGED, court, challenger, training.shop.settings)
    bare = lists("home without a model", court, None, training.shop.settings)
    training.watch("judge", 0.4)
    live = training.shop.live
    theirs = bare if live is None else _champion(training, live, court, recipe, late, challenger, order) or ours
    found = judge(
        recalls(ours, late.truth, K),
        recalls(theirs, late.truth, K),
        bar=training.shop.bar,
        surface=JUDGED,
        metric=METRIC,
        since=late.at,
        until=training.about.until,
        against=training.shop.live,
        seed=training.options.seed,
    )
    report = _report(training, court, late, recipe, challenger, [ours, bare])
    training.watch("judge", 1.0, difference=found.difference.estimate, low=found.difference.low)
    return found, report


def _champion(
    training: Training, live: str, court: Court, recipe: Recipe, late: Split, challenger: LiveBundle, order: Order
) -> Lists | None:
    """The slates of what serves: the live bundle's recipe, fitted to the same past, with the blend and the ranker
    it has; None where they would be the challenger's."""
    folder, manifest = training.shop.bundles.open(live)
    theirs = order_of(folder, manifest)
    if (manifest.recipe.model, manifest.recipe.seed) != (recipe.model, recipe.seed):
        bundle = training.fit("fit of what serves", training.hurried(manifest.recipe), late.past, late.at).bundle
    elif theirs.kind != order.kind:
        training.notes.append("The live model is of the same recipe: fitted again, it is compared with its own order.")
        bundle = challenger
    else:
        training.notes.append("The live model is of the same recipe: fitted again, it is compared with itself.")
        return None
    return lists("live", court, theirs.upon(bundle), training.shop.settings)


def _report(
    training: Training, court: Court, late: Split, recipe: Recipe, bundle: LiveBundle, ranked: list[Lists]
) -> Report:
    """Figures of the pipelines, of the model alone and of the baselines, all fitted to the same past."""
    runtime = next(iter(bundle.runtimes.values()))
    shown = training.goods.shown
    everyone = [*ranked, rank(recipe.model, runtime, court.histories, late.truth, late.at, shown)]
    for name in BASELINES:
        if name != recipe.model:
            fitted = training.fit(f"baseline {name}", Recipe(model=name, settings={}), late.past, late.at)
            alone = next(iter(fitted.bundle.runtimes.values()))
            everyone.append(rank(name, alone, court.histories, late.truth, late.at, shown))
    known = known_of(late.past, court.histories, late.truth, training.goods)
    return Report(
        recipe=recipe,
        fitted_until=late.at,
        judged_until=training.about.until,
        shoppers=len(late.truth),
        rows=rows_of(everyone[0], everyone[1:], late.truth, len(shown), known),
        curves={name: points for name, points in training.curves.items() if points},
        notes=training.notes,
    )
