"""How fast events are taken, every one on disk and in the live state before it is acknowledged.

With `--large` (some 15 minutes) instead: a made-up export of 2 GB, from its import to a shop of ten million events.

One event a call over 64 connections; 500 a call over 4; and the import of the demo's items, users and events with their
state, as a command from its start to its exit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import large
import numpy as np
from _load import Request, closed_loop, post
from _report import finish, settings
from _shop import CACHE, households, lingxi, prepare, products, serving, zipf


def requests(seed: int, batch: int) -> Iterator[Request]:
    """An endless row of calls with `batch` views each."""
    rng = np.random.default_rng(seed)
    who, what = households(), products(2000)
    while True:
        shoppers, items = zipf(who, rng, 20_000), zipf(what, rng, 20_000)
        events = [{"kind": "view", "user": user, "item": item} for user, item in zip(shoppers, items, strict=True)]
        for start in range(0, len(events), batch):
            part = events[start : start + batch]
            yield "call", post("/v1/events", json.dumps(part if batch > 1 else part[0]).encode())


def timed_import() -> float:
    """Seconds that importing the demo's data into an empty home takes."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        home = Path(folder) / "home"
        lingxi(home, "init")
        started = time.perf_counter()
        lingxi(home, "import", "completejourney")
        return time.perf_counter() - started


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--size", type=int, default=2_000_000_000, help="bytes of the large export")
    options = parser.parse_args()
    if options.large:
        told = settings(size=options.size, seed=options.seed)
        finish("large", told, large.run(options.size, options.seed))
        return
    told = settings(seconds=options.seconds, seed=options.seed, single_connections=64, batch=500, batch_connections=4)
    imported = timed_import()
    with serving(prepare()) as port:
        for batch, connections in ((1, 64), (500, 4)):
            asyncio.run(closed_loop(port, connections, requests(options.seed + 1, batch), 3))
        single = asyncio.run(closed_loop(port, 64, requests(options.seed, 1), options.seconds))
        batched = asyncio.run(closed_loop(port, 4, requests(options.seed, 500), options.seconds))
    figures = {
        "single_per_s": round(single.per_second("call"), 1),
        "single_p99_ms": round(single.percentile_ms("call", 99), 2),
        "batched_per_s": round(batched.per_second("call") * 500, 1),
        "import_s": round(imported, 1),
        "errors": single.errors + batched.errors,
    }
    finish("ingest", told, figures)


if __name__ == "__main__":
    main()
