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
import numpy.typing as npt
import polars as pl
from _report import finish, settings
from _shop import CACHE
from _trees import speeds
from demo_quality import bundle_of, log_of_the_shop

from lingxi import registry
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Component, Recipe
from lingxi.domain.errors import NotEnoughData
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions
from lingxi.metrics.interval import paired
from lingxi.ports.ranker import Examples
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.scorers.blend import fixed
from lingxi.recommend.settings import Settings
from lingxi.runtimes._goals import GOALS
from lingxi.runtimes.linear import Linear
from lingxi.state.statistics import measure
from lingxi.train import fit as fitting
from lingxi.train.split import DAY, split
from lingxi.workflows import _comparing as comparing
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
SLATES = 1200
"""Lived through of each half of the validation days, and judged."""
ARRAYS = ("values", "wanted", "base", "position", "weight", "start", "shopper")
ALL_THE_TIME = 1e9
MOST = 60.0
"""Seconds of a ranker's fit."""


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


def bundle_at(log: Log, until: int, seed: int, minutes: float, room: Path, epochs: int | None) -> tuple[Any, int]:
    """The sequence model fitted up to a time, as it would serve, and its epochs; nothing but statistics where it gets
    no minutes. With `epochs` it learns for so many, else it is validated to find them."""
    past, folder = log.acts.before(until), room / f"net-{until}"
    file = folder / "component.json"
    if minutes > 0 and not file.exists():
        told = {"minutes": minutes, "threads": 1, **({} if epochs is None else {"epochs": epochs})}
        ahead = split(log.acts, until, log.hold / DAY).future if epochs is None else None
        recipe = Recipe(model="sequence", settings=told, seed=seed)
        model, learnt = fitting.fit(recipe, past, log.goods, until, ahead, _silent)
        folder.mkdir(exist_ok=True)
        component = model.export(folder, "sequence")
        file.write_bytes(msgspec.json.encode((component, int(learnt.get("epochs", epochs or 1)))))
    components, found = (), 0
    if minutes > 0:
        component, found = msgspec.json.decode(file.read_bytes(), type=tuple[Component, int])
        components = (component,)
    bundle = bundle_of(folder, components, log.goods)
    manifest = msgspec.structs.replace(bundle.manifest, statistics=measure(past, log.goods))
    return replace(bundle, manifest=manifest), found


def blend_at(log: Log, since: int, until: int, bundle: LiveBundle, room: Path) -> Linear | None:
    """The blend of these days; what took long is kept, so that a run that was ended goes on."""
    file = room / f"blend-{since}-{until}.json"
    if not file.exists():
        try:
            blend = fit_blend(court_of(split(log.acts, since, (until - since) / DAY), log.goods), bundle)
            file.write_bytes(msgspec.json.encode(blend.settings()))
        except NotEnoughData:
            file.write_bytes(b"null")
    told = msgspec.json.decode(file.read_bytes())
    return None if told is None else Linear.of(told)


def lived(log: Log, bundle: LiveBundle, base: Linear, since: int, until: int, room: Path) -> Examples:
    """Slates of some days; kept too."""
    file = room / f"slates-{since}-{until}.npz"
    if not file.exists():
        told = acts_of(log.acts.where((log.acts.at >= since) & (log.acts.at < until))).within(since, until, SLATES, 0)
        stage = Stage(log.acts, log.goods, bundle, Settings())
        found = rehearse(stage, since, until, told, base, ALL_THE_TIME)
        np.savez(file, **{name: getattr(found, name) for name in ARRAYS})
        print(f"  lived through {len(found)} slates", flush=True)
    arrays = np.load(file)
    return Examples(base.inputs, **{name: arrays[name] for name in ARRAYS})


def run(log: Log, seed: int, minutes: float, room: Path) -> dict[str, Any]:
    """One seed: NDCG at 10 of every shopper with each order, by name; which one was chosen, and what it cost."""
    end = int(log.acts.at.max()) + 1
    cut, began = end - log.hold, end - 2 * log.hold
    early, epochs = bundle_at(log, began, seed, minutes, room, None)
    late, _ = bundle_at(log, cut, seed, minutes, room, epochs)
    stage, middle = Stage(log.acts.before(cut), log.goods, early, Settings()), (began + cut) // 2
    blends = [blend_at(log, began, until, early, room) or fixed(surface_of("home")) for until in (middle, cut)]
    first, base = (comparing.widened(each, ranking.inputs_of(stage, blends[0])) for each in blends)
    halves = [lived(log, early, first, *span, room) for span in ((began, middle), (middle, cut))]
    ground = comparing.Ground(first, *halves, Settings().goals)
    seconds: dict[str, float] = {}
    compared = comparing.compare(list(registry.names("rankers")), ground, seed, MOST)
    best = comparing.best_of(compared, forced=False)
    slates = lived(log, late, base, cut, end, room)
    values = {"without": by_shopper(slates, slates.base, ground)}
    for each in compared[1:]:
        started = time.perf_counter()
        model = comparing.fitted(each.name, ground.whole(base, seed), seed, MOST)
        seconds[each.name] = time.perf_counter() - started
        with tempfile.TemporaryDirectory() as folder:
            ranker = comparing.loaded(comparing.exported(model, base, Path(folder)), Path(folder))
        columns = [ground.inputs.index(name) for name in ranker.inputs]
        scores = ranker.towards(Settings().goals).score(slates.values[:, columns])
        values[each.name] = by_shopper(slates, scores, ground)
        print(f"  {each.name}: {len(ranker.inputs)} inputs, goals {', '.join(ranker.goals)}", flush=True)
    chosen = "without" if best is None else best.name
    values["with"] = values[chosen]
    found: dict[str, Any] = {
        "chosen": chosen,
        "slates": len(slates),
        "seconds": {name: round(each, 1) for name, each in seconds.items()},
        "validation": {each.name: {"n10": each.ndcg, "ms": each.ms, "gap": each.difference} for each in compared},
        "shoppers": np.unique(slates.shopper).tolist(),
        "values": {name: each.tolist() for name, each in values.items()},
    }
    _told(found, seed)
    return found


def by_shopper(slates: Examples, scores: Any, ground: comparing.Ground) -> Any:
    """NDCG at 10 in the order of the scores, the mean of each shopper's slates."""
    return comparing.by_shopper(comparing.ndcg(slates, scores, ground.worth), slates)


def kept(log: Log, seed: int, minutes: float, commit: str) -> dict[str, Any]:
    """A run of this commit, from the cache if it is there: without a net all seeds have the same blend and slates."""
    room = CACHE / "ranking" / f"{log.name}-{minutes:g}-{commit}" / (str(seed) if minutes > 0 else "all")
    room.mkdir(parents=True, exist_ok=True)
    file = room / f"seed-{seed}.json"
    if not file.exists():
        file.write_bytes(msgspec.json.encode(run(log, seed, minutes, room)))
    told: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    return told


def _told(found: dict[str, Any], seed: int) -> None:
    said = "  ".join(f"{name} {np.mean(values):.4f}" for name, values in found["values"].items())
    print(f"seed {seed}: {found['slates']} slates, chosen: {found['chosen']}; {said}; {found['seconds']}", flush=True)
    for name, each in found["validation"].items():
        print(
            f"    on the validation days: {name} {each['n10']:.4f} {each['gap'] or ''} {each['ms']:.3f} ms", flush=True
        )


def rows_of(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over the seeds, and the paired difference (of each shopper's mean) to the order without."""
    rows = []
    for name in runs[0]["values"]:
        ours, bare = (of_each(runs, which) for which in (name, "without"))
        gap = paired(ours, bare)
        told = {"n10": np.nanmean(ours), "difference": gap.estimate, "low": gap.low, "high": gap.high}
        rows.append({"name": name, **{key: round(float(value), 4) for key, value in told.items()}})
    return rows


def of_each(runs: list[dict[str, Any]], name: str) -> npt.NDArray[np.float64]:
    """The mean of each shopper over the seeds: those whose net proposed something that they wanted."""
    every = np.unique(np.concatenate([each["shoppers"] for each in runs]))
    sums, counts = np.zeros(len(every)), np.zeros(len(every))
    for each in runs:
        values = np.array(each["values"][name], dtype=np.float64)
        there = np.isfinite(values)
        place = np.searchsorted(every, np.array(each["shoppers"])[there])
        sums[place] += values[there]
        counts[place] += 1
    with np.errstate(invalid="ignore"):
        return sums / counts


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
    runs = [kept(log, seed, options.minutes, told["commit"]) for seed in seeds]
    rows = rows_of(runs)
    for row in rows:
        gap = f"{row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]"
        print(f"{row['name']:>10}  N@10 {row['n10']:.4f}  {gap}")
    finish(f"ranking_{log.name}", told, {"slates": runs[0]["slates"], "rows": rows, "speed": speeds()})


def _silent(stage: str, done: float, **told: float) -> None:
    """Nobody watches a fit here."""


if __name__ == "__main__":
    sys.exit(main())
