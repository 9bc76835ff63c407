"""How good the demo's slates are: `home` against simple rules, on the two weeks after a cut.

Protocol: the whole log up to the cut is the past; one slate a shopper at the cut; relevant are the distinct items
bought after it; everything is in stock. R@10 is over min(10, relevant), N@10 by its ideal. Every choice was made on the
14 days before the cut. What is learnt is fitted with three seeds; its rows are means over them, and the paired
difference is of each shopper's mean.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "2")

import msgspec
import numpy as np
from _report import finish, settings
from _shop import CACHE, lingxi

from lingxi.backends.log.sqlite import open_log
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import FORMAT, Component, Manifest, Recipe
from lingxi.domain.history import Goods, Interactions
from lingxi.metrics.interval import paired
from lingxi.recommend.parts import Surface
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.settings import Settings
from lingxi.train import fit as fitting
from lingxi.train.evaluate import Figures, Lists, figures, rank, recalls
from lingxi.train.split import DAY, Split, split
from lingxi.workflows._blending import fit_blend
from lingxi.workflows._order import blend_component
from lingxi.workflows.goods import goods_of
from lingxi.workflows.judge import Court, bare, court_of, lists
from lingxi.workflows.people import people_of

CUT = 1_513_569_680_000_000
"""2017-12-18 04:01:20 UTC: the last line less 14 days."""
SEEDS = (0, 1, 2)
HOME = CACHE / "quality"
KEYS = ("r10", "n10", "new_r10", "new_n10")
HELD = ("in_cart", "just_bought", "dismissed", "fatigue")


def log_of_the_shop() -> tuple[Interactions, Goods]:
    """The data set as it was imported, with its own times."""
    if not (HOME / ".imported").exists():
        print("importing the data set with its own times (once) …", flush=True)
        HOME.mkdir(parents=True, exist_ok=True)
        lingxi(HOME, "init")
        lingxi(HOME, "import", "completejourney", "--times", "original")
        (HOME / ".imported").touch()
    log = open_log(HOME / "shops" / "default")
    try:
        return replace(log.interactions(log.head()), people=people_of(log)), goods_of(log)
    finally:
        log.close()


def fitted(
    name: str, recipe: Recipe, past: Split, goods: Goods, validation: Interactions | None
) -> tuple[Path, Component, dict[str, Any]]:
    """A component fitted to a past, from the cache if it is there."""
    folder = HOME / "fits" / name
    told = folder / "component.json"
    if not told.exists():
        started = time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        model, found = fitting.fit(recipe, past.past, goods, past.at, validation, _silent)
        component = model.export(folder, recipe.model)
        told.write_bytes(msgspec.json.encode({"component": component, "found": found}))
        print(f"fitted {name} in {time.perf_counter() - started:.0f} s, epochs {found.get('epochs', 1)}", flush=True)
    kept = json.loads(told.read_bytes())
    return folder, msgspec.convert(kept["component"], Component), kept["found"]


def bundle_of(folder: Path, components: tuple[Component, ...], goods: Goods) -> LiveBundle:
    """Components as a loaded bundle."""
    recipe = Recipe(model="sequence", settings={})
    manifest = Manifest(
        format=FORMAT, id="b", shop="default", created=CUT, recipe=recipe, components=components, seq=0, fit=(0, CUT)
    )
    return LiveBundle.load(folder, manifest, {name: number for number, name in enumerate(goods.ids)})


def home_bundle(recipe: Recipe, early: Split, early_court: Court, late: Split, goods: Goods) -> LiveBundle:
    """What a training would serve: stopped early and blended on the 14 days before the cut, then fitted up to it."""
    folder, first, found = fitted(f"sequence-{recipe.seed}-early", recipe, early, goods, early.future)
    settled = fitting.settled(recipe, found)
    blend_file = folder / "blend.json"
    if not blend_file.exists():
        blend = fit_blend(early_court, bundle_of(folder, (first,), goods))
        blend_file.write_bytes(msgspec.json.encode(blend_component(blend)))
    blend_part = msgspec.json.decode(blend_file.read_bytes(), type=Component)
    folder, second, _ = fitted(f"sequence-{recipe.seed}-late", settled, late, goods, None)
    return bundle_of(folder, (second, blend_part), goods)


def alone(name: str, recipe: Recipe, late: Split, court: Court, goods: Goods) -> Lists:
    """The ranking of one model without the pipeline."""
    folder, component, _ = fitted(f"{name}-late", recipe, late, goods, None)
    runtime = bundle_of(folder, (component,), goods).runtimes[recipe.model]
    return rank(name, runtime, court.histories, late.truth, late.at)


class Table:
    """Rows of figures; several rankings under one name are averaged."""

    def __init__(self, late: Split, goods: Goods) -> None:
        self.truth, self.catalogue = late.truth, len(goods)
        self.rankings: dict[str, list[Lists]] = {}

    def add(self, name: str, ranking: Lists) -> None:
        """One more ranking of `name`."""
        self.rankings.setdefault(name, []).append(ranking)

    def row(self, name: str) -> dict[str, float | str]:
        """Means over the rankings of `name`."""
        every: list[Figures] = [figures(each, self.truth, 10, self.catalogue) for each in self.rankings[name]]
        values = [(each.recall, each.ndcg, each.new_recall, each.new_ndcg) for each in every]
        mean = np.mean(np.array(values), axis=0)
        return {"name": name, **{key: round(float(each), 4) for key, each in zip(KEYS, mean, strict=True)}}

    def recalls(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Each shopper's recall at 10, the mean over the rankings of `name`."""
        return np.mean([recalls(each, self.truth, 10) for each in self.rankings[name]], axis=0)

    def difference(self, name: str, other: str) -> dict[str, float]:
        """The paired difference of two names with its 95 % interval."""
        gap = paired(self.recalls(name), self.recalls(other))
        return {"r10": round(gap.estimate, 4), "low": round(gap.low, 4), "high": round(gap.high, 4)}

    def show(self, names: list[str]) -> None:
        """Prints rows."""
        for name in names:
            row = self.row(name)
            figures_ = "  ".join(f"{key} {row[key]:.4f}" for key in KEYS)
            print(f"{name:>28}  {figures_}", flush=True)


def costs(table: Table, court: Court, bundle: LiveBundle) -> None:
    """What each filter, and the reranker, takes from accuracy: home without all of them, and with one at a time."""
    variants: dict[str, Surface] = {name: replace(bare(), filters=(*bare().filters, name)) for name in HELD}
    variants["mmr"] = replace(bare(), reranker="mmr")
    base = float(np.nanmean(recalls(table.rankings["home_unfiltered"][0], table.truth, 10)))
    print("\ncost of each part, R@10 against home_unfiltered (seed 0):")
    for name, surface in variants.items():
        value = float(np.nanmean(recalls(lists(name, court, bundle, Settings(), surface), table.truth, 10)))
        print(f"{name:>28}  {value - base:+.4f}")


def verdict(table: Table) -> None:
    """Says plainly what the model adds."""
    print("\nwhat the model adds (paired, 95 %):")
    for name, other in (
        ("home", "home_no_model"),
        ("home_unfiltered", "own_decayed"),
        ("home_unfiltered", "home_unfiltered_no_model"),
        ("model", "own_decayed"),
    ):
        gap = table.difference(name, other)
        sure = "better" if gap["low"] > 0 else "worse" if gap["high"] < 0 else "no difference that is sure"
        print(f"  {name} − {other}: {gap['r10']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]  {sure}")


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=0.8, help="budget of one fit")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads of a fit")
    options = parser.parse_args()
    told = settings(minutes=options.minutes, seeds=list(SEEDS), cut=CUT, threads=options.threads)
    acts, goods = log_of_the_shop()
    early, late = split(acts, CUT + 1 - 14 * DAY, 14), split(acts, CUT + 1)
    court, early_court = court_of(late, goods), court_of(early, goods)
    table = Table(late, goods)
    for name in ("popular", "own_decayed", "item_knn"):
        table.add(name, alone(name, Recipe(model=name, settings={}), late, court, goods))
    table.add("home_no_model", lists("home", court, None))
    table.add("home_unfiltered_no_model", lists("home", court, None, surface=bare()))
    budget = {"minutes": options.minutes, "threads": options.threads}
    recipes = [Recipe(model="sequence", settings=budget, seed=seed) for seed in SEEDS]
    bundles = [home_bundle(recipe, early, early_court, late, goods) for recipe in recipes]
    for bundle in bundles:
        table.add("model", rank("model", bundle.runtimes["sequence"], court.histories, late.truth, late.at))
        table.add("home", lists("home", court, bundle, surface=surface_of("home")))
        table.add("home_unfiltered", lists("home", court, bundle, surface=bare()))
    names = list(table.rankings)
    print(f"\n{len(late.truth)} shoppers, {len(late.past):,} events before the cut")
    table.show(names)
    costs(table, court, bundles[0])
    verdict(table)
    rows = [table.row(name) for name in names]
    finish("demo_quality", told, {"rows": rows, "difference": table.difference("home_unfiltered", "own_decayed")})


def _silent(stage: str, done: float, **found: float) -> None:
    """Nobody watches a fit here."""


if __name__ == "__main__":
    sys.exit(main())
