"""What a ranker adds to the order of `home`: with it against without, NDCG at 10 with a paired interval, three seeds.

As a shop trains: the blend and the rankers are fitted to validation days that are lived through again, chosen on their
second half; the model is fitted again up to the cut. Then the days after the cut are lived through too, and the same
candidates are put in order without a ranker (the blend, or the surface's fixed weights where none can be fitted) and
with each. Without data it is the demo's log; `--data` (or BENCH_DATA) names a Parquet file of sessions: columns for the
session, the item and the time (`session_id`, `item_id`, `timestamp` …), of which every act is a view.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np
import polars as pl
from _report import finish, settings
from demo_quality import bundle_of, log_of_the_shop

from lingxi import registry
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import NotEnoughData
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions
from lingxi.metrics.interval import paired
from lingxi.ports.ranker import Examples
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.scene import Settings
from lingxi.recommend.scorers.blend import fixed
from lingxi.runtimes._goals import GOALS
from lingxi.runtimes.linear import Linear
from lingxi.state.statistics import measure
from lingxi.train import fit as fitting
from lingxi.train.split import DAY, split
from lingxi.workflows import _ranking as ranking
from lingxi.workflows._blending import fit_blend
from lingxi.workflows._rehearsal import Stage, acts_of, rehearse
from lingxi.workflows.judge import court_of

SEEDS = (0, 1, 2)
COLUMNS = {
    "session": ("session_id", "SessionId"),
    "item": ("item_id", "ItemId"),
    "at": ("timestamp", "Time"),
}
HELD = 0.2
"""The share of a session set's span that is judged, and of what is before it that is validated on."""
SLATES = 2500
ALL_THE_TIME = 1e9


@dataclass(frozen=True, slots=True)
class Log:
    """Acts and goods, and how long (µs) the judged days and those to validate on are."""

    name: str
    acts: Interactions
    goods: Goods
    hold: int


def demo() -> Log:
    """The demo's log with its own times."""
    return Log("demo", *log_of_the_shop(), 14 * DAY)


def sessions(file: Path) -> Log:
    """A file of sessions, replayed in time: every act is a view."""
    table = pl.read_parquet(file)
    picked = {}
    for role, names in COLUMNS.items():
        there = [name for name in names if name in table.columns]
        if not there:
            sys.exit(f"{file}: no column of {', '.join(names)}; there are: {', '.join(table.columns)}")
        picked[role] = table[there[0]]
    at = (picked["at"].to_numpy() * 1e6).astype(np.int64)
    ids, item = np.unique(picked["item"].to_numpy(), return_inverse=True)
    _, shopper = np.unique(picked["session"].to_numpy(), return_inverse=True)
    size = len(at)
    nothing = np.full(size, np.nan, np.float32)
    acts = Interactions(
        at=at,
        received=at.copy(),
        tie=np.arange(size, dtype=np.int64),
        shopper=shopper.astype(np.int32),
        item=item.astype(np.int32),
        kind=np.full(size, KIND_CODE["view"], np.int8),
        quantity=np.ones(size, np.float32),
        price=nothing,
        marked=np.zeros(size, np.bool_),
    )
    count = len(ids)
    goods = Goods(
        ids=[str(each) for each in ids.tolist()],
        category=np.full(count, -1, np.int32),
        categories=[],
        price=np.full(count, np.nan, np.float32),
        listed=np.ones(count, np.bool_),
    )
    span = int(at.max()) - int(at.min())
    return Log(file.name.partition(".")[0], acts.where(np.argsort(at, kind="stable")), goods, int(HELD * span))


def bundle_at(log: Log, until: int, seed: int, minutes: float, epochs: int | None) -> tuple[LiveBundle, int | None]:
    """The sequence model fitted up to a time, as it would serve, and its epochs; nothing but statistics where it gets
    no minutes."""
    past = log.acts.before(until)
    found = None
    with tempfile.TemporaryDirectory() as folder:
        components = ()
        if minutes > 0:
            told = {"minutes": minutes, "threads": 1, **({} if epochs is None else {"epochs": epochs})}
            recipe = Recipe(model="sequence", settings=told, seed=seed)
            ahead = split(log.acts, until, log.hold / DAY).future if epochs is None else None
            model, learnt = fitting.fit(recipe, past, log.goods, until, ahead, _silent)
            found = int(learnt.get("epochs", 1)) if epochs is None else epochs
            components = (model.export(Path(folder), "sequence"),)
        bundle = bundle_of(Path(folder), components, log.goods)
    manifest = msgspec.structs.replace(bundle.manifest, statistics=measure(past, log.goods))
    return replace(bundle, manifest=manifest), found


def blend_at(log: Log, since: int, until: int, bundle: LiveBundle) -> Linear | None:
    """The blend of these days."""
    try:
        return fit_blend(court_of(split(log.acts, since, (until - since) / DAY), log.goods), bundle)
    except NotEnoughData:
        return None


def judged(log: Log, bundle: LiveBundle, base: Linear, cut: int) -> Examples:
    """Slates of the days after the cut."""
    told = acts_of(log.acts).within(cut, cut + log.hold, SLATES, 0)
    return rehearse(Stage(log.acts, log.goods, bundle, Settings()), cut, cut + log.hold, told, base, ALL_THE_TIME)


def run(log: Log, seed: int, minutes: float) -> dict[str, Any]:
    """One seed: NDCG at 10 of every slate with each order, by name; which one was chosen, and what it cost."""
    end = int(log.acts.at.max()) + 1
    cut, began = end - log.hold, end - 2 * log.hold
    early, epochs = bundle_at(log, began, seed, minutes, None)
    late, _ = bundle_at(log, cut, seed, minutes, epochs)
    stage = Stage(log.acts.before(cut), log.goods, early, Settings())
    days = ranking.Days(began, cut, lambda until: blend_at(log, began, until, early))
    wish = ranking.Wish("auto", ALL_THE_TIME, seed)
    started = time.perf_counter()
    ground = ranking.ground_of(stage, days, wish)
    lived = time.perf_counter() - started
    compared = ranking.compare(list(registry.names("rankers")), ground, wish)
    best = ranking.best_of(compared, forced=False)
    base = ranking.widened(blend_at(log, began, cut, early) or fixed(surface_of("home")), ground.inputs)
    slates = judged(log, late, base, cut)
    found: dict[str, Any] = {
        "shopper": slates.shopper,
        "values": {"without": ranking.ndcg(slates, slates.base, ground.worth)},
        "chosen": "without" if best is None else best.name,
        "compared": compared,
        "seconds": {"lived_through": lived},
        "slates": len(slates),
        "examples": slates,
    }
    for name in (each.name for each in compared[1:]):
        started = time.perf_counter()
        model = ranking.fit_ranker(name, ground.whole(base, seed), wish)
        found["seconds"][name] = time.perf_counter() - started
        with tempfile.TemporaryDirectory() as folder:
            ranker = ranking.loaded(ranking.exported(model, base, Path(folder)), Path(folder))
        values = slates.values[:, [ground.inputs.index(each) for each in ranker.inputs]]
        scores = ranker.towards(Settings().goals).score(values)
        found["values"][name] = ranking.ndcg(slates, scores, ground.worth)
        print(f"  {name}: {len(ranker.inputs)} inputs, goals {', '.join(ranker.goals)}", flush=True)
    found["values"]["with"] = found["values"][found["chosen"]]
    _told(found, seed)
    return found


def _told(found: dict[str, Any], seed: int) -> None:
    said = "  ".join(f"{name} {np.nanmean(values):.4f}" for name, values in found["values"].items())
    print(f"seed {seed}: {found['slates']} slates, chosen: {found['chosen']}; {said}; {found['seconds']}", flush=True)
    for each in found["compared"]:
        print(
            f"    on the validation days: {each.name} {each.ndcg:.4f} {each.difference or ''} {each.ms:.3f} ms",
            flush=True,
        )


def rows_of(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over the seeds, and the paired difference (by shopper, of each one's mean) to the order without."""

    def mean(name: str) -> Any:
        per_seed = [
            ranking.by_shopper(each["values"][name], each["examples"]) for each in runs if name in each["values"]
        ]
        return np.mean(per_seed, axis=0)

    rows = []
    for name in runs[0]["values"]:
        ndcg = float(np.mean([np.nanmean(each["values"][name]) for each in runs if name in each["values"]]))
        gap = paired(mean(name), mean("without"))
        rows.append(
            {
                "name": name,
                "n10": round(ndcg, 4),
                "difference": round(gap.estimate, 4),
                "low": round(gap.low, 4),
                "high": round(gap.high, 4),
            }
        )
    return rows


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("BENCH_DATA"), help="a Parquet file of sessions")
    parser.add_argument("--minutes", type=float, default=0.3, help="of one fit of the sequence model; 0: without one")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    options = parser.parse_args()
    log = demo() if options.data is None else sessions(Path(options.data))
    seeds = list(range(options.seeds))
    told = settings(data=log.name, minutes=options.minutes, seeds=seeds, goals=list(GOALS))
    runs = [run(log, seed, options.minutes) for seed in seeds]
    rows = rows_of(runs)
    for row in rows:
        gap = f"{row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]"
        print(f"{row['name']:>10}  N@10 {row['n10']:.4f}  {gap}")
    finish(f"ranking_{log.name}", told, {"slates": runs[0]["slates"], "rows": rows})


def _silent(stage: str, done: float, **told: float) -> None:
    """Nobody watches a fit here."""


if __name__ == "__main__":
    sys.exit(main())
