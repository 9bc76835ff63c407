"""A shop of N made-up items with a real bundle, made once and kept: what serving costs at that size.

The log is that of `datasets/made_up.py`. The encoder has its usual shape (width 64) and weights as they are drawn
before training: it costs what a trained one costs. The items' vectors are a mixture of 2,000 clusters that drift along
the catalogue; the blend reads what a fitted one reads, with the fixed weights of its kind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from _shop import CACHE, lingxi

from lingxi import config
from lingxi.app import DEFAULT_SHOP, Parts, open_parts
from lingxi.datasets.made_up import MadeUp
from lingxi.domain.bundle import FORMAT, Component, Manifest, Recipe
from lingxi.domain.change import Proposal, Release
from lingxi.domain.event import KIND_CODE
from lingxi.nearest.plan import EXACT, Plan, Wanted
from lingxi.runtimes._kinds import Numbers
from lingxi.runtimes.linear import Linear

WIDTH, CLUSTERS, SPREAD, DRIFT = 64, 2_000, 0.5, 0.3
QUERIES = 256
PER_ITEM, MOST_ACTS = 20, 2_000_000
"""Acts of an item in the log, and of the whole log at most: what is measured is the size of the catalogue."""
WEIGHTS = {
    "log own_frequency.days_30": 0.6,
    "log own_frequency.days_120": 0.5,
    "log own_frequency.count": 0.2,
    "log popularity.week": 0.1,
    "log popularity.month": 0.3,
    "log purchase_cycle.due": 0.1,
    "log recency.bought": -0.2,
    "new": -0.5,
    "own.log_rank": -0.3,
    "new * log popularity.month": 0.2,
    "sequence.score": 0.5,
    "sequence.log_rank": -0.3,
    "new * sequence.score": 0.2,
    "recently_viewed.lead": 0.5,
    "co_view.lead": 0.4,
    "same_category.lead": 0.3,
}
"""The blend's inputs, and weights of the size that a fit gives them."""
Floats = npt.NDArray[np.float32]


def acts_of(items: int) -> int:
    """The acts in the log of a shop of so many items; it has a shopper for twenty."""
    return min(items * PER_ITEM, MOST_ACTS)


def made(items: int, seed: int = 0) -> Path:
    """The home of the shop of `items` items, with its bundle live."""
    home = CACHE / (f"made-{items}-{seed}" + "-indexed" * (items > Wanted().exact_items))
    done = home / ".prepared"
    if not done.exists():
        print(f"preparing a made-up shop of {items:,} items (once) …", flush=True)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        fill(home, MadeUp(catalogue=items, acts=acts_of(items), seed=seed))
        publish(home, items, seed)
        done.touch()
    return home


def fill(home: Path, shop: MadeUp) -> None:
    """Imports the shop's log, its last event a few days ago."""
    lingxi(home, "init")
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        shop.write(Path(folder))
        lingxi(home, "import", folder, "--yes", "--times", "shifted")


def publish(home: Path, items: int, seed: int) -> None:
    """Seals a bundle for the shop and releases it."""
    parts = open_parts(home, config.load(home))
    try:
        now = parts.clock.now()
        staged = parts.bundles.stage()
        blend = Component(name="blend", runtime="linear", folder="", settings=linear().settings())
        table = vectors(items, seed)
        part = encoder(staged, [f"i{k}" for k in range(items)], table, seed)
        components = (indexed(staged, part, table, queries(items, seed)), blend)
        manifest = Manifest(
            format=FORMAT,
            id=f"made-{items}",
            shop=DEFAULT_SHOP,
            created=now,
            recipe=Recipe(model="sequence", settings={}, seed=seed),
            components=components,
            seq=parts.log.head(),
            fit=(0, now),
        )
        parts.bundles.publish(staged, manifest)
        _release(parts, manifest.id, now)
    finally:
        parts.close()


def _release(parts: Parts, name: str, now: int) -> None:
    release = Release(
        bundle=name, previous=None, forced=True, why="a benchmark measures what serving costs", by="bench"
    )
    parts.log.append([Proposal(release, now)])


def vectors(items: int, seed: int) -> Floats:
    """float32[items, WIDTH] of length 1, in clusters of neighbours; each cluster drifts along the catalogue."""
    rng = np.random.default_rng(seed)
    mixture = Mixture(items, rng)
    found = np.empty((items, WIDTH), dtype=np.float32)
    for start in range(0, items, 1 << 16):
        number = np.arange(start, min(start + (1 << 16), items))
        found[number] = mixture.of(number, rng)
    return found


def queries(items: int, seed: int) -> Floats:
    """float32[QUERIES, WIDTH] of the same mixture, none of them an item's vector."""
    mixture, rng = Mixture(items, np.random.default_rng(seed)), np.random.default_rng(seed + 1)
    return mixture.of(rng.integers(0, items, QUERIES), rng)


class Mixture:
    """Clusters of `items` rows in all, whose centres the generator draws first."""

    def __init__(self, items: int, rng: np.random.Generator) -> None:
        self.items, self.clusters = items, min(CLUSTERS, max(items // 8, 1))
        self.centres, self.ways = (rng.normal(size=(self.clusters, WIDTH)).astype(np.float32) for _ in range(2))

    def of(self, number: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """A vector where each of these rows lies, float32[len(number), WIDTH]."""
        cluster = number * self.clusters // self.items
        part = self.centres[cluster] + DRIFT * (number / self.items)[:, None].astype(np.float32) * self.ways[cluster]
        part += SPREAD * rng.standard_normal(part.shape, dtype=np.float32)
        found: Floats = part / np.linalg.norm(part, axis=1, keepdims=True)
        return found


def indexed(folder: Path, part: Component, table: Floats, asked: Floats) -> Component:
    """The encoder's component with the index that a shop of this size gets by its settings, where it gets one."""
    from lingxi.nearest.build import Rows, build
    from lingxi.nearest.index import write_index

    rows = Rows.of(table, np.zeros(len(table), np.float32))
    plan, index = build(rows, asked, Wanted(), os.cpu_count() or 1)
    if index is not None:
        write_index(folder / part.folder, index.faiss)
    return msgspec.structs.replace(part, settings={**part.settings, "index": msgspec.to_builtins(plan)})


def encoder(folder: Path, ids: list[str], table: Floats, seed: int) -> Component:
    """A sequence encoder over these items, exported as every model's is."""
    import torch

    from lingxi.models._export import write
    from lingxi.models._reads import Reads
    from lingxi.models.sequence import Config, build
    from lingxi.nn.encoder import Served
    from lingxi.nn.onnx import export_served
    from lingxi.runtimes.encoder_onnx import NET

    torch.manual_seed(seed)
    settings = Config(width=WIDTH, content=(), reads=("kind",))
    learner = build(settings, seed)
    kinds = np.array([KIND_CODE["view"], KIND_CODE["purchase"]])
    learner.reads = Reads(Numbers.met(kinds, None, told_apart=True), *2 * [np.empty(0, np.int32)])
    net = learner._net(settings.shape(PER_ITEM, times=True), np.ones(1, np.int64), [], None).eval()
    home = write(
        folder, "sequence", ids, {"vectors": np.vstack([table, table[:1] * 0]), "bias": np.zeros(len(ids), np.float32)}
    )
    export_served(Served(net.encoder), WIDTH, home / NET)
    reads = {"length": settings.length, "queries": False, "traits": False, **learner.reads.numbers.settings()}
    return Component(name="sequence", runtime="encoder_onnx", folder="sequence", settings=reads)


def plan_of(home: Path) -> Plan:
    """What the manifest of a made-up shop's bundle says of its index."""
    parts = open_parts(home, config.load(home))
    try:
        component = next(each for each in parts.bundles.all()[-1].components if each.name == "sequence")
        return msgspec.convert(component.settings.get("index", {"kind": EXACT}), Plan)
    finally:
        parts.close()


def linear() -> Linear:
    """The blend: WEIGHTS over inputs as they are."""
    weights = np.array(list(WEIGHTS.values()), dtype=np.float32)
    zeros, ones = np.zeros_like(weights), np.ones_like(weights)
    return Linear(tuple(WEIGHTS), missing=zeros, mean=zeros, scale=ones, weights=weights, bias=0.0)


if __name__ == "__main__":
    began = time.perf_counter()
    print(made(int(os.environ.get("ITEMS", "12000"))), f"{time.perf_counter() - began:.0f} s")
