"""How fast the nearest items are found, and how surely: by an index beside comparing all, on made-up vectors.

Vectors are a seeded mixture of 2,000 clusters whose centres drift from the first row to the last; queries are drawn
where the drift has come to, and are not those that the index was tuned on. They lie in `.cache/bench/index` as a mapped
file, the built index beside them, so that ten million rows are made and built once (`--items 10000000`).
`index_recall` is the lower one of `recall` and `recall_filtered` (of the exact 200, under a filter that keeps a tenth);
`rare_ms` is a filter that keeps one row in a thousand, which is always exact. All times are of one thread.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import faiss
import msgspec
import numpy as np
import numpy.typing as npt
from _report import finish, settings
from _shop import CACHE

from lingxi.nearest.allowed import Allowed
from lingxi.nearest.build import K, Rows, candidates, filled, question, questions, tuned
from lingxi.nearest.index import Index, read_index, write_index
from lingxi.nearest.items import Items
from lingxi.nearest.plan import AUTO, Plan, Wanted
from lingxi.nearest.vectors import Lifted, blocks

MADE: Final = CACHE / "index"
CLUSTERS: Final = 2_000
SPREAD: Final = 0.5
"""How far rows lie from their centre, whose length is 1."""
DRIFT: Final = 0.3
"""How far a centre moves from the first row to the last."""
TUNED, ASKED, CLOCKED = 200, 200, 300
Floats = npt.NDArray[np.float32]


class Mixture:
    """A seeded mixture of clusters that drift."""

    def __init__(self, width: int, seed: int) -> None:
        self.width, self._rng = width, np.random.default_rng(seed)
        self._centres, self._ways = (self._random(CLUSTERS) for _ in range(2))

    def _random(self, count: int) -> Floats:
        drawn = self._rng.standard_normal((count, self.width), dtype=np.float32)
        return drawn / np.sqrt(np.float32(self.width))

    def at(self, when: Floats) -> Floats:
        """A vector at each of these times, 0 the first, 1 the last; float32[len(when), width]."""
        which = self._rng.integers(0, CLUSTERS, len(when))
        moved = self._centres[which] + DRIFT * when[:, None] * self._ways[which]
        return moved + SPREAD * self._random(len(when))


def made(size: int, width: int, seed: int) -> tuple[Path, Floats, Floats]:
    """The folder, the rows (mapped) and some queries; written where they are not there yet."""
    folder = MADE / f"{size}-{width}-{seed}"
    file, mixture = folder / "vectors.npy", Mixture(width, seed)
    if not (folder / ".made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        whole = np.lib.format.open_memmap(file, "w+", np.float32, (size, width))
        for part in blocks(size):
            whole[part] = mixture.at(np.arange(part.start, part.stop, dtype=np.float32) / size)
        whole.flush()
        (folder / ".made").touch()
    queries = Mixture(width, seed)
    queries._rng = np.random.default_rng(seed + 1)
    asked = queries.at(np.ones(TUNED + ASKED, dtype=np.float32))
    return folder, np.asarray(np.load(file, mmap_mode="r")), asked


def index_of(folder: Path, rows: Rows, queries: Floats, wanted: Wanted, threads: int, fresh: bool) -> Index:
    """The index, from the cache if it was built with these settings."""
    kind = candidates(len(rows), rows.vectors.shape[1], wanted)[0]
    kept = folder / f"{kind}-{wanted.recall}"
    told = kept / "plan.json"
    if told.exists() and not fresh:
        plan = msgspec.json.decode(told.read_bytes(), type=Plan)
        lifted = Lifted(rows.vectors.shape[1], rows.bias, rows.kept)
        return Index(plan, read_index(kept, plan, plan.fingerprint), lifted, np.arange(len(rows)))
    faiss.omp_set_num_threads(threads)
    plan, index = filled(kind, rows)
    faiss.omp_set_num_threads(1)
    index.plan = tuned(plan, index, rows, questions(rows, queries), wanted.recall)
    kept.mkdir(exist_ok=True)
    write_index(kept, index.faiss)
    told.write_bytes(msgspec.json.encode(index.plan))
    return index


def recall(items: Items, rows: Rows, queries: Floats, allowed: Allowed) -> float:
    """Of the exact K, in the mean of the queries."""
    truth = question(rows, queries, allowed.mask, 1.0).truth
    return float(
        np.mean(
            [np.isin(right, items.top(each, K, allowed)[0]).mean() for each, right in zip(queries, truth, strict=True)]
        )
    )


def milliseconds(answer: Callable[[Floats], Any], queries: Floats, count: int) -> float:
    """The median."""
    answer(queries[0])
    spent = []
    for place in range(count):
        started = time.perf_counter()
        answer(queries[place % len(queries)])
        spent.append(time.perf_counter() - started)
    return round(float(np.median(spent)) * 1e3, 4)


def row_of(size: int, wanted: Wanted, options: argparse.Namespace) -> dict[str, Any]:
    """One size."""
    folder, vectors, queries = made(size, options.width, options.seed)
    rows = Rows(vectors, np.zeros(size, np.float32), np.ones(size, np.bool_))
    index = index_of(folder, rows, queries[:TUNED], wanted, options.threads, options.fresh)
    number, asked = np.arange(size), queries[TUNED:]
    items, bare = Items(vectors, rows.bias, number, index), Items(vectors, rows.bias, number)
    rng = np.random.default_rng(options.seed + 7)
    every, tenth, rare = (Allowed(rng.random(size) < share) for share in (1.0, 0.1, 0.001))
    fifth = Allowed(rng.random(size) < 0.2)
    found, filtered = recall(items, rows, asked, every), recall(items, rows, asked, tenth)
    plan = index.plan
    return {
        "name": f"{size}",
        "items": size,
        "kind": plan.kind,
        "effort": index.effort(1.0),
        "effort_filtered": index.effort(0.1),
        "build_s": plan.seconds,
        "index_mb": round(plan.bytes / 2**20, 1),
        "ms": milliseconds(lambda each: items.top(each, K, every), asked, CLOCKED),
        "filtered_ms": milliseconds(lambda each: items.top(each, K, tenth), asked, CLOCKED),
        "rare_ms": milliseconds(lambda each: items.top(each, K, rare), asked, CLOCKED),
        "exact_ms": milliseconds(lambda each: bare.top(each, K, every), asked, 30),
        "exact_filtered_ms": milliseconds(lambda each: bare.top(each, K, tenth), asked, 30),
        "recall": round(found, 4),
        "recall_filtered": round(filtered, 4),
        "recall_fifth": round(recall(items, rows, asked, fifth), 4),
        "index_recall": round(min(found, filtered), 4),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--kind", default=AUTO)
    parser.add_argument("--recall", type=float, default=0.98)
    parser.add_argument("--memory-mb", type=int, default=2_048)
    parser.add_argument("--threads", type=int, default=2, help="that build; searches have one")
    parser.add_argument("--fresh", action="store_true", help="build anew what the cache has")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--note", default="", help="kept with the figures: what else the machine was doing, say")
    options = parser.parse_args()
    told = settings(**vars(options), clusters=CLUSTERS, spread=SPREAD, drift=DRIFT, n=K)
    wanted = Wanted(kind=options.kind, recall=options.recall, memory_mb=options.memory_mb)
    rows = []
    for size in options.items:
        rows.append(row_of(size, wanted, options))
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    finish("index", told, {"rows": [{k: v for k, v in row.items() if k != "kind"} for row in rows]})


if __name__ == "__main__":
    main()
