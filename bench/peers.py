"""Serving, side by side with what a shop would otherwise take: `implicit`, and RecTools' SASRec, each behind FastAPI.

All three answer one made-up shop: as many items, shoppers by Zipf, n = 20, 32 connections, width 64; one after the
other in one run, slates a second at full speed and p99 at half of it. What each leaves out stands in LEFT_OUT.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from _load import Request, at_rate, closed_loop, get
from _made import acts_of, made
from _report import finish, settings
from _shop import CACHE, Server, free_port, serving, wait_until_ready, zipf

from lingxi.datasets.made_up import MadeUp

PEER = CACHE.parent / "serving-peer" / "bin" / "python"
FIT_SECONDS = 900.0
LEFT_OUT = {
    "lingxi": "events, which the others could not take, and merchant rules: there are none in this run",
    "implicit": "new acts and new shoppers until the next fit, filters of stock, other sources, ranking, reasons, a "
    "record of what was shown; items already bought are left in, as in the others",
    "rectools": "the same; the order of acts counts, those since the fit do not",
}


@contextmanager
def peer(kind: str, acts: Path) -> Iterator[Server]:
    """A peer's server, once it has been fitted."""
    port = free_port()
    asked = [str(PEER), str(Path(__file__).with_name("_peer_serving.py")), kind, str(acts), f"--port={port}"]
    process = subprocess.Popen(asked, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(port, process, FIT_SECONDS)
        yield Server.of(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def requests(shoppers: list[str], seed: int) -> Iterator[Request]:
    """An endless row of requests for slates by those who are in the log: the others know nobody else."""
    rng = np.random.default_rng(seed)
    while True:
        for shopper in zipf(shoppers, rng, 10_000):
            yield "slate", get(f"/v1/recommend/home?user={shopper}&n=20")


async def asked(server: Server, shoppers: list[str], given: argparse.Namespace) -> dict[str, float]:
    """Slates a second at full speed, p99 at half of it, CPU milliseconds a slate."""
    mix = requests(shoppers, given.seed)
    await closed_loop(server, given.connections, mix, given.warm)
    cpu = server.cpu()
    full = await closed_loop(server, given.connections, mix, given.seconds)
    cpu = (server.cpu() - cpu) / max(len(full.seconds["slate"]), 1)
    half = await at_rate(server, given.connections, mix, max(full.per_second("slate") / 2, 1.0), given.seconds)
    return {
        "slates_per_s": round(full.per_second("slate"), 1),
        "p99_ms": round(half.percentile_ms("slate", 99), 2),
        "cpu_ms": round(cpu * 1e3, 3),
        "errors": full.errors + half.errors,
    }


def log_of(items: int, seed: int) -> pl.DataFrame:
    """The shop's acts: user_id, item_id, at."""
    frames = MadeUp(catalogue=items, acts=acts_of(items), seed=seed).events(1 << 20)
    return pl.concat(frames).select(pl.col("user").alias("user_id"), pl.col("item").alias("item_id"), "at")


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=12_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--warm", type=float, default=5.0)
    parser.add_argument("--peers", nargs="*", default=["implicit", "rectools"])
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if not PEER.exists():
        sys.exit("the peers are not installed: run `make serving-peer`")
    told = settings(**vars(given), n=20, client="bench/_load.py", left_out=LEFT_OUT)
    acts = log_of(given.items, given.seed)
    shoppers = acts["user_id"].unique().sort().to_list()
    with serving(made(given.items)) as server:
        found = {"lingxi": asyncio.run(asked(server, shoppers, given))}
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        acts.write_csv(file := Path(folder) / "acts.csv")
        for kind in given.peers:
            with peer(kind, file) as server:
                found[kind] = asyncio.run(asked(server, shoppers, given))
    ours = found["lingxi"]
    ratios = {
        f"{kind}_ratio": round(ours["slates_per_s"] / max(told["slates_per_s"], 1e-9), 2)
        for kind, told in found.items()
        if kind != "lingxi"
    }
    for kind, row in found.items():
        print(
            f"{kind:>10}  {row['slates_per_s']:>8,.1f} slates/s  p99 {row['p99_ms']:>8,.2f} ms at half; without "
            f"{LEFT_OUT[kind]}"
        )
    finish("peers", told, {**found, **ratios})


if __name__ == "__main__":
    main()
