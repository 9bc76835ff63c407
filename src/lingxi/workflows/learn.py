"""The whole of `lingxi train`: snapshot → fit to T − 2h → blend → fit to T − h → judge → fit to T → publish.

T is the end of the log, h the holdout. The fit to T − 2h finds when to stop and, on the days up to T − h, the blend;
the fit to T − h is judged on the days up to T; the fit to T is what goes live. Trainers are reached by name only, so
this runs in a process of its own, beside the server.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

import lingxi
from lingxi import registry
from lingxi.deploy.gate import Bar, judge
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import FORMAT, Component, Judgement, Manifest, Recipe
from lingxi.domain.errors import Incompatible, NotEnoughData
from lingxi.domain.history import Goods, Interactions
from lingxi.nearest.plan import Wanted
from lingxi.ports.bundles import Bundles
from lingxi.ports.catalog import Catalog
from lingxi.ports.encoder import TextEncoder
from lingxi.ports.executor import Executor
from lingxi.ports.log import Log
from lingxi.ports.model import Exporting, Watch
from lingxi.ports.recipe import reads_text
from lingxi.ports.slates import Slates
from lingxi.ports.survey import Surveyed
from lingxi.recommend.settings import Settings
from lingxi.runtimes.linear import Linear
from lingxi.spans import span
from lingxi.state.statistics import measure
from lingxi.train import fit as fitting
from lingxi.train import snapshot as snapshots
from lingxi.train.beyond import known_of
from lingxi.train.evaluate import Lists, rank, recalls
from lingxi.train.report import Report, rows_of, write
from lingxi.train.split import DAY, Split, split
from lingxi.train.vectors import vectors_of
from lingxi.workflows import together
from lingxi.workflows._blending import fit_blend
from lingxi.workflows._comparing import BLEND
from lingxi.workflows._indexing import indexed
from lingxi.workflows._logged import logged
from lingxi.workflows._order import Order, order_of
from lingxi.workflows._ranking import NONE, Days, Wish, choose, known
from lingxi.workflows._rehearsal import Stage, Told
from lingxi.workflows.goods import goods_of, texts_of
from lingxi.workflows.judge import JUDGED, METRIC, Court, K, court_of, lists
from lingxi.workflows.people import people_of
from lingxi.workflows.workroom import clear, workroom

FITS: Final = 3
SHARE: Final = 0.8
"""Of the time given, what the fits may take; the rest goes to reading, judging and writing."""
RANKING: Final = 0.08
"""Of it, what the choice of a ranker may take, about."""
STATES: Final = 2
"""Times what the blend takes, before a choice of rankers has lived through anything: it folds two states, and fits the
blend to half of the days."""
HURRIED: Final = "The order is the blend's: train.minutes leave no time to choose a ranker."
PLAN: Final = "plan.json"
STALE_SECONDS: Final = 86_400.0
"""How old what a killed training left may be: a model of yesterday's log is not worth going on with."""
EVENTS, SHOPPERS, ITEMS = 100, 10, 10
COMPONENTS: Final = {"item_knn": "neighbours"}
"""What a model's component is called in the pipeline, where that is not the model's name."""
BASELINES: Final = ("popular", "own_decayed", "item_knn")
VECTORS: Final = "vectors"
"""The folder of a shop that holds what encoders made of its items' texts."""
NO_TEXT: Final = "The model reads texts, and there is no encoder of texts (text.encoder): it learnt without."


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


@dataclass(slots=True)
class Fitted:
    """A model fitted up to some time, exported to `folder` and loaded as it will serve."""

    model: Exporting
    found: dict[str, Any]
    components: tuple[Component, ...]
    bundle: LiveBundle


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
        return training.run()


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


def take(
    shop: Workshop, folder: Path, watch: Watch, seq: int | None = None, until: int | None = None, *, text: bool = False
) -> snapshots.Snapshot:
    """The snapshot of the whole log, on disk while it is read, up to the last event and not beyond `now`; or of the log
    as it stood at `seq`, before `until` (µs UTC), to take one again; with what items' texts mean if `text` is read."""
    watch("snapshot", 0.0)
    seq = shop.log.head() if seq is None else seq
    acts = shop.log.interactions(seq, folder=folder).before(shop.now + 1 if until is None else until)
    acts = dataclasses.replace(acts, people=people_of(shop.catalog))
    since, until = (int(acts.at[0]), int(acts.at[-1]) + 1) if len(acts) else (0, 0)
    about = snapshots.About(seq=seq, since=since, until=until, marks=shop.log.marks(seq), left_out=shop.log.leave_out)
    whole = snapshots.Snapshot(about, acts, _goods(shop, watch, text))
    kept = whole.write(folder)
    watch("snapshot", 1.0, events=float(len(acts)))
    return snapshots.read(kept)


def _goods(shop: Workshop, watch: Watch, text: bool) -> Goods:
    goods = goods_of(shop.catalog)
    encoder = shop.encoder() if text else None
    if encoder is None:
        return goods
    texts = texts_of(shop.catalog, len(goods))
    return dataclasses.replace(goods, text=vectors_of(texts, encoder, shop.folder / VECTORS, watch))


def left_out(about: snapshots.About) -> str:
    """What a snapshot leaves out, in words."""
    by_mark = {
        mark: sum(count for marks, count in about.marks.items() if mark in marks.split(",")) for mark in about.left_out
    }
    gone = sum(count for marks, count in about.marks.items() if not set(about.left_out).isdisjoint(marks.split(",")))
    named = ", ".join(f"{mark} {count:,}" for mark, count in by_mark.items()) or "no mark is named"
    return f"Left out (cleaning.leave_out): {gone:,} of {sum(about.marks.values()):,} events: {named}."


class Training:
    """One run."""

    def __init__(
        self, shop: Workshop, options: Options, snapshot: snapshots.Snapshot, folder: Path, watch: Watch
    ) -> None:
        self.shop, self.options, self.folder, self.watch = shop, options, folder, watch
        self.acts, self.goods, self.about = snapshot.interactions, snapshot.goods, snapshot.about
        self.ids = {name: number for number, name in enumerate(self.goods.ids)}
        self.curves: dict[str, list[dict[str, float]]] = {}
        self.notes: list[str] = [*([options.note] if options.note else []), left_out(self.about)]

    def run(self) -> Manifest:
        """See `learn`."""
        until, hold = self.about.until, int(self.options.holdout_days * DAY)
        check(self.acts, hold)
        recipe = self._recipe()
        early, late = (split(self.acts, at, self.options.holdout_days) for at in (until - 2 * hold, until - hold))
        validation = None if self.options.settled else early.future
        first = self._fit("fit 1 of 3: to find when to stop", recipe, early.past, early.at, validation)
        self.watch("blend", 0.0)
        with span("blend"):
            order = self._order(early, first.bundle)
        self.watch("blend", 1.0)
        settled = fitting.settled(recipe, first.found)
        second = self._fit("fit 2 of 3: to be judged", settled, late.past, late.at, None)
        challenger = order.upon(second.bundle)
        with span("judge"):
            judged, report = self._judge(late, settled, challenger, order)
        with span("publish"):
            return self._publish(settled, order, judged, report)

    def _order(self, early: Split, bundle: LiveBundle) -> Order:
        """What puts the candidates in order: the blend, and the ranker where one is better."""
        wanted = known(self.options.ranker)
        if wanted == NONE:
            self.notes.append("The surface keeps its fixed weights: train.ranker is none.")
            return Order(None, None, self.folder)
        started = time.monotonic()
        blend = self._blend(early, bundle)
        seconds = self.options.minutes * 60 * RANKING - STATES * (time.monotonic() - started)
        if wanted == BLEND or seconds <= 0:
            self.notes += [] if wanted == BLEND else [HURRIED]
            return Order(blend, None, self.folder)
        stage = Stage(self.acts, self.goods, bundle, self.shop.settings, self.shop.timezone)
        hold = int(self.options.holdout_days * DAY)
        days = Days(early.at, early.at + hold, lambda until: self._blend_of(early.at, until, bundle))
        wish = Wish(wanted, seconds, self.options.seed, self._logged(days))
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        ranking = choose(stage, days, blend, wish, folder)
        self.notes += [ranking.why] if ranking.why else []
        return Order(blend, ranking.component, folder)

    def _blend(self, early: Split, bundle: LiveBundle) -> Linear | None:
        """How the sources are weighed; None where too little happened to learn it, and the surface's weights stay."""
        try:
            return fit_blend(court_of(early, self.goods, self.shop.timezone), bundle)
        except NotEnoughData as error:
            self.notes.append(f"The surface keeps its fixed weights: {error.what}.")
            return None

    def _blend_of(self, since: int, until: int, bundle: LiveBundle) -> Linear | None:
        """The same of a part of those days, to be compared on the rest of them."""
        try:
            part = split(self.acts, since, (until - since) / DAY)
            return fit_blend(court_of(part, self.goods, self.shop.timezone), bundle)
        except NotEnoughData:
            return None

    def _logged(self, days: Days) -> Told | None:
        """The slates of those days that were shown, if enough of them were kept."""
        return logged(self.shop.slates, self.shop.catalog, self.ids, days.since, days.until)

    def _recipe(self) -> Recipe:
        options = self.options
        settings = dict(options.settings)
        if {"minutes", "threads"} <= set(registry.load("models", options.model, "Config").__struct_fields__):
            settings = {
                "minutes": self._minutes(),
                "threads": options.threads or os.cpu_count() or 1,
                **settings,
            }
        return Recipe(model=options.model, settings=settings, seed=options.seed)

    def _minutes(self) -> float:
        """Of each fit that has a budget: three, and one of what serves."""
        return self.options.minutes * SHARE / (FITS + (self.shop.live is not None))

    def _fit(
        self, name: str, recipe: Recipe, past: Interactions, until: int, validation: Interactions | None
    ) -> Fitted:
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
            component = model.export(folder, _part(model, recipe))
        return Fitted(model, result, (component,), self._loaded(folder, (component,), past))

    def _fitted(
        self, recipe: Recipe, past: Interactions, until: int, validation: Interactions | None, told: Watch, kept: Path
    ) -> tuple[Exporting, dict[str, Any]]:
        """Here, or by several workers together."""
        workers = self.shop.executor
        if workers is not None and workers.workers > 1 and together.shares(recipe):
            return together.fit(workers, recipe, past, self.goods, until, validation, told, kept)
        return fitting.fit(recipe, past, self.goods, until, validation, told, kept)

    def _loaded(self, folder: Path, components: tuple[Component, ...], past: Interactions) -> LiveBundle:
        manifest = _manifest("in training", self.shop, self.about, components)
        manifest = replace(manifest, statistics=measure(past, self.goods))
        return LiveBundle.load(folder, manifest, self.ids)

    def _judge(self, late: Split, recipe: Recipe, challenger: LiveBundle, order: Order) -> tuple[Judgement, Report]:
        self.watch("judge", 0.0)
        court = court_of(late, self.goods, self.shop.timezone)
        ours = lists(JUDGED, court, challenger, self.shop.settings)
        bare = lists("home without a model", court, None, self.shop.settings)
        self.watch("judge", 0.4)
        theirs = (
            bare if self.shop.live is None else self._champion(self.shop.live, court, recipe, late, challenger, order)
        )
        theirs = ours if theirs is None else theirs
        judged = judge(
            recalls(ours, late.truth, K),
            recalls(theirs, late.truth, K),
            bar=self.shop.bar,
            surface=JUDGED,
            metric=METRIC,
            since=late.at,
            until=self.about.until,
            against=self.shop.live,
            seed=self.options.seed,
        )
        report = self._report(court, late, recipe, challenger, [ours, bare])
        self.watch("judge", 1.0, difference=judged.difference.estimate, low=judged.difference.low)
        return judged, report

    def _champion(
        self, live: str, court: Court, recipe: Recipe, late: Split, challenger: LiveBundle, order: Order
    ) -> Lists | None:
        """The slates of what serves: the live bundle's recipe, fitted to the same past, with the blend and the ranker
        it has; None where they would be the challenger's."""
        folder, manifest = self.shop.bundles.open(live)
        theirs = order_of(folder, manifest)
        if (manifest.recipe.model, manifest.recipe.seed) != (recipe.model, recipe.seed):
            bundle = self._fit("fit of what serves", self._hurried(manifest.recipe), late.past, late.at, None).bundle
        elif theirs.kind != order.kind:
            self.notes.append("The live model is of the same recipe: fitted again, it is compared with its own order.")
            bundle = challenger
        else:
            self.notes.append("The live model is of the same recipe: fitted again, it is compared with itself.")
            return None
        return lists("live", court, theirs.upon(bundle), self.shop.settings)

    def _hurried(self, recipe: Recipe) -> Recipe:
        """What serves, fitted in its share of this training's time where it was given more."""
        given = recipe.settings.get("minutes")
        if not isinstance(given, int | float) or given <= self._minutes():
            return recipe
        return replace(recipe, settings={**recipe.settings, "minutes": self._minutes()})

    def _report(self, court: Court, late: Split, recipe: Recipe, bundle: LiveBundle, ranked: list[Lists]) -> Report:
        """Figures of the pipelines, of the model alone and of the baselines, all fitted to the same past."""
        runtime = next(iter(bundle.runtimes.values()))
        shown = self.goods.shown
        everyone = [*ranked, rank(recipe.model, runtime, court.histories, late.truth, late.at, shown)]
        for name in BASELINES:
            if name != recipe.model:
                fitted = self._fit(f"baseline {name}", Recipe(model=name, settings={}), late.past, late.at, None)
                alone = next(iter(fitted.bundle.runtimes.values()))
                everyone.append(rank(name, alone, court.histories, late.truth, late.at, shown))
        known = known_of(late.past, court.histories, late.truth, self.goods)
        return Report(
            recipe=recipe,
            fitted_until=late.at,
            judged_until=self.about.until,
            shoppers=len(late.truth),
            rows=rows_of(everyone[0], everyone[1:], late.truth, len(shown), known),
            curves={name: points for name, points in self.curves.items() if points},
            notes=self.notes,
        )

    def _publish(self, recipe: Recipe, order: Order, judged: Judgement, report: Report) -> Manifest:
        """Fits to the end, and seals the bundle; what goes together is counted beside it for the product pages."""
        last = self._fit("fit 3 of 3: to go live", recipe, self.acts, self.about.until, None)
        staged = self.shop.bundles.stage()
        part = last.model.export(staged, _part(last.model, recipe))
        with span("index"):
            components = [self._indexed(staged, part, last)]
        if recipe.model != "item_knn":
            knn = self._fit(
                "what goes together", Recipe(model="item_knn", settings={}), self.acts, self.about.until, None
            )
            components.append(knn.model.export(staged, "neighbours"))
        components += order.export(staged)
        write(report, staged / "report")
        name = f"{recipe.model}-{datetime.fromtimestamp(self.shop.now / 1e6, UTC):%Y%m%d-%H%M%S}"
        manifest = replace(
            _manifest(name, self.shop, self.about, tuple(components)),
            recipe=recipe,
            judged=judged,
            statistics=measure(self.acts, self.goods),
            metrics={row.name: row.at for row in report.rows},
            holds_histories=any(each.holds_histories for each in components),
        )
        published = self.shop.bundles.publish(staged, manifest)
        self.watch("publish", 1.0)
        return published

    def _indexed(self, staged: Path, part: Component, fitted: Fitted) -> Component:
        """What finds the items of the model that goes live."""
        options, runtime = self.options, fitted.bundle.runtimes[part.name]
        threads = options.threads or os.cpu_count() or 1
        return indexed(staged, part, runtime, self.acts, self.shop.index, threads, options.seed)


def _part(model: Exporting, recipe: Recipe) -> str:
    """What the component is called in the pipeline: whatever reads histories as moments serves as `sequence`."""
    part: str = getattr(model, "part", COMPONENTS.get(recipe.model, recipe.model))
    return part


def check(acts: Interactions, hold: int) -> None:
    """Checks that there is enough to fit, to blend and to judge.

    Raises:
        NotEnoughData: there is not; the remedy says how much is missing.
    """
    seen = acts.where((acts.item >= 0) & (acts.shopper >= 0))
    days = (int(seen.at[-1]) - int(seen.at[0])) / DAY if len(seen) else 0.0
    have = (len(seen), len(np.unique(seen.shopper)), len(np.unique(seen.item)))
    need = (("events", EVENTS), ("shoppers", SHOPPERS), ("items", ITEMS))
    missing = [f"{least - got} more {name}" for (name, least), got in zip(need, have, strict=True) if got < least]
    otherwise = ""
    if days < 3 * hold / DAY:
        otherwise = f", or set train.holdout_days = {days // 3:.0f} in lingxi.toml" if not missing and days >= 3 else ""
        missing.append(f"{3 * hold / DAY - days:.0f} more days (three times train.holdout_days)")
    if missing:
        raise NotEnoughData(
            f"too little to learn from: {have[0]} events with an item, of {have[1]} shoppers on {have[2]} items "
            f"in {days:.1f} days",
            where="the log",
            remedy="send " + ", ".join(missing) + " (POST /v1/events or lingxi import)" + otherwise,
        )


def _manifest(name: str, shop: Workshop, about: snapshots.About, components: tuple[Component, ...]) -> Manifest:
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
