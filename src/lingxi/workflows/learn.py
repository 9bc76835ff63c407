"""The whole of `lingxi train`: snapshot → fit to T − 2h → blend → fit to T − h → judge → fit to T → publish.

T is the end of the log, h the holdout. The fit to T − 2h finds when to stop and, on the days up to T − h, the blend;
the fit to T − h is judged on the days up to T; the fit to T is what goes live. Trainers are reached by name only, so
this runs in a process of its own, beside the server.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

import lingxi
from lingxi.domain.bundle import Component, Judgement, Manifest, Recipe
from lingxi.domain.errors import Incompatible
from lingxi.ports.model import Watch
from lingxi.ports.recipe import reads_text
from lingxi.spans import span
from lingxi.state.statistics import measure
from lingxi.train import fit as fitting
from lingxi.train import snapshot as snapshots
from lingxi.train.report import Report, write
from lingxi.train.split import DAY, split
from lingxi.workflows._indexing import indexed
from lingxi.workflows._judging import judged
from lingxi.workflows._order import Order
from lingxi.workflows._ordering import ordered
from lingxi.workflows._training import Fitted, Training, manifest_of, part_of
from lingxi.workflows.take import check, take
from lingxi.workflows.workroom import clear, workroom
from lingxi.workflows.workshop import Options, Workshop

PLAN: Final = "plan.json"
STALE_SECONDS: Final = 86_400.0
"""How old what a killed training left may be: a model of yesterday's log is not worth going on with."""
NO_TEXT: Final = "The model reads texts, and there is no encoder of texts (text.encoder): it learnt without."


def learn(shop: Workshop, options: Options, watch: Watch) -> Manifest:
    """Trains, judges and publishes a bundle; it does not promote it.

    Killed or interrupted, the next call with the same options goes on where it was, on the same snapshot.

    Raises:
        NotEnoughData: the log holds too little; the remedy says what is missing.
        Unknown, Invalid: there is no such model or setting.
        Refused: another training is at work on this shop.
    """
    text = reads_text(_recipes(shop, options))
    plan = _plan_of(shop, options, text)
    with workroom(shop.folder, "train") as folder:
        snapshot = _left(folder, plan)
        if snapshot is None:
            clear(folder)
            with span("snapshot"):
                snapshot = take(shop, folder, watch, text=text)
            (folder / PLAN).write_bytes(plan)
        training = Training(shop, options, snapshot, folder, watch)
        training.notes += [NO_TEXT] if text and not snapshot.goods.text.shape[1] else []
        return _run(training)


def _recipes(shop: Workshop, options: Options) -> list[Recipe]:
    """What is fitted: the model, and what is live, which it is compared with."""
    live = [] if shop.live is None else [shop.bundles.open(shop.live)[1].recipe]
    return [Recipe(model=options.model, settings=options.settings, seed=options.seed), *live]


def _plan_of(shop: Workshop, options: Options, text: bool) -> bytes:
    """What must be equal for a training to go on with what another one left."""
    told = {"options": msgspec.to_builtins(replace(options, note="")), "live": shop.live, "version": lingxi.__version__}
    told["left_out"] = shop.log.leave_out
    encoder = shop.encoder() if text else None
    told["encoder"] = encoder.name if encoder is not None else None
    return msgspec.json.encode(told, order="deterministic")


def _left(folder: Path, plan: bytes) -> snapshots.Snapshot | None:
    """The snapshot of a training of the same plan that was killed; None where there is none, or it is a day old."""
    try:
        age = time.time() - (folder / PLAN).stat().st_mtime
        if (folder / PLAN).read_bytes() != plan or age > STALE_SECONDS:
            return None
        return snapshots.read(next(each.parent for each in folder.glob(f"*/{snapshots.ABOUT}")))
    except (OSError, StopIteration, Incompatible):
        return None


def _run(training: Training) -> Manifest:
    """Fits, orders, judges, publishes: see the top of this file."""
    until, hold = training.about.until, int(training.options.holdout_days * DAY)
    check(training.acts, hold)
    recipe = training.recipe()
    early, late = (split(training.acts, at, training.options.holdout_days) for at in (until - 2 * hold, until - hold))
    validation = None if training.options.settled else early.future
    first = training.fit("fit 1 of 3: to find when to stop", recipe, early.past, early.at, validation)
    training.watch("blend", 0.0)
    with span("blend"):
        order = ordered(training, early, first.bundle)
    training.watch("blend", 1.0)
    settled = fitting.settled(recipe, first.found)
    second = training.fit("fit 2 of 3: to be judged", settled, late.past, late.at)
    challenger = order.upon(second.bundle)
    with span("judge"):
        judgement, report = judged(training, late, settled, challenger, order)
    with span("publish"):
        return _publish(training, settled, order, judgement, report)


def _publish(training: Training, recipe: Recipe, order: Order, judgement: Judgement, report: Report) -> Manifest:
    """Fits to the end, and seals the bundle; what goes together is counted beside it for the product pages."""
    last = training.fit("fit 3 of 3: to go live", recipe, training.acts, training.about.until)
    staged = training.shop.bundles.stage()
    part = last.model.export(staged, part_of(last.model, recipe))
    with span("index"):
        components = [_indexed(training, staged, part, last)]
    if recipe.model != "item_knn":
        knn = training.fit(
            "what goes together", Recipe(model="item_knn", settings={}), training.acts, training.about.until, None
        )
        components.append(knn.model.export(staged, "neighbours"))
    components += order.export(staged)
    write(report, staged / "report")
    manifest = replace(
        manifest_of(_named(recipe, training.shop), training.shop, training.about, tuple(components)),
        recipe=recipe,
        judged=judgement,
        statistics=measure(training.acts, training.goods),
        metrics={row.name: row.at for row in report.rows},
        holds_histories=any(each.holds_histories for each in components),
    )
    published = training.shop.bundles.publish(staged, manifest)
    training.watch("publish", 1.0)
    return published


def _named(recipe: Recipe, shop: Workshop) -> str:
    """The model and the second in which it was trained; a second one of that second has a number behind it."""
    first = f"{recipe.model}-{datetime.fromtimestamp(shop.now / 1e6, UTC):%Y%m%d-%H%M%S}"
    taken = {each.id for each in shop.bundles.all()}
    return next(name for name in chain((first,), (f"{first}-{k}" for k in count(2))) if name not in taken)


def _indexed(training: Training, staged: Path, part: Component, fitted: Fitted) -> Component:
    """What finds the items of the model that goes live."""
    options, runtime = training.options, fitted.bundle.runtimes[part.name]
    threads = options.threads or os.cpu_count() or 1
    return indexed(staged, part, runtime, training.acts, training.shop.index, threads, options.seed)
