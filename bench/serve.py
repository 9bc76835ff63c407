"""How many slates a second one process serves: the demo's shop with its model, the whole pipeline.

32 connections; `home`, n = 20; shoppers by Zipf 1.0 over all households; one request in ten is an event. 10 s warm-up,
60 s as fast as it goes, then 40 s at half of that rate for the latencies at a load that leaves room.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator

import numpy as np
from _load import Request, Told, at_rate, closed_loop, get, post
from _report import finish, settings
from _shop import households, metric, prepare, products, serving, zipf


def requests(seed: int, share_of_events: float) -> Iterator[Request]:
    """An endless mix of requests for slates and of views."""
    rng = np.random.default_rng(seed)
    who, what = households(), products(2000)
    while True:
        shoppers = zipf(who, rng, 10_000)
        items = zipf(what, rng, 10_000)
        for shopper, item, dice in zip(shoppers, items, rng.random(10_000), strict=True):
            if dice < share_of_events:
                body = json.dumps({"kind": "view", "user": shopper, "item": item}).encode()
                yield "event", post("/v1/events", body)
            else:
                yield "slate", get(f"/v1/recommend/home?user={shopper}&n=20")


async def measure(port: int, mix: Iterator[Request], options: argparse.Namespace) -> tuple[Told, Told, float]:
    """Warm-up, full speed, half speed; also the encodes a second at full speed."""
    await closed_loop(port, options.connections, mix, options.warm)
    before = metric(port, "lingxi_encodes_total")
    full = await closed_loop(port, options.connections, mix, options.seconds)
    encodes = (metric(port, "lingxi_encodes_total") - before) / (full.ended - full.started)
    rate = (full.per_second("slate") + full.per_second("event")) / 2
    half = await at_rate(port, options.connections, mix, rate, options.seconds * 2 / 3)
    return full, half, encodes


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm", type=float, default=10)
    parser.add_argument("--events", type=float, default=0.1, help="share of requests that are events")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    told = settings(**vars(options), surface="home", n=20, processes=1, client="bench/_load.py")
    with serving(prepare()) as port:
        full, half, encodes = asyncio.run(measure(port, requests(options.seed, options.events), options))
    figures = {
        "slates_per_s": round(full.per_second("slate"), 1),
        "p50_ms": round(half.percentile_ms("slate", 50), 2),
        "p99_ms": round(half.percentile_ms("slate", 99), 2),
        "full_p50_ms": round(full.percentile_ms("slate", 50), 2),
        "full_p99_ms": round(full.percentile_ms("slate", 99), 2),
        "events_per_s": round(full.per_second("event"), 1),
        "encodes_per_s": round(encodes, 1),
        "errors": full.errors + half.errors,
    }
    finish("serve", told, figures)


if __name__ == "__main__":
    main()
