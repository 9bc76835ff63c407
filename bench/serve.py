"""How many slates a second one server serves, the whole pipeline, and what that is against the bare calls it needs.

Without `--items` the demo's shop with its model, else a made-up shop of so many items. 32 connections; `home`, n = 20;
shoppers by Zipf 1.0; one request in ten is an event. 10 s warm-up, 60 s as fast as it goes, then 40 s each at half and
at two thirds of that rate for the latencies at a load that leaves room. The floor is measured after it, in the same
run, at the same sizes and rate (`bench/_floor.py`); `cpu_ms` is the server's processor time for each slate, events'
included.
"""

from __future__ import annotations

import argparse
import asyncio
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import _floor
import _made
from _crowd import Crowd, options
from _load import Request, Told, at_rate, closed_loop
from _report import finish, settings
from _shop import Server, metric, serving

COUNTED = ("lingxi_encodes_total", "lingxi_proposed_total", "lingxi_cheaper_slates_total")


@dataclass(frozen=True, slots=True)
class Measured:
    """At full speed, half of it and two thirds; at full speed also the server's CPU seconds, and what it counted."""

    full: Told
    half: Told
    thirds: Told
    cpu: float
    counts: dict[str, float]

    @property
    def slates(self) -> int:
        """How many slates full speed made."""
        return len(self.full.seconds["slate"])

    @property
    def rate(self) -> float:
        """Requests a second at full speed."""
        return self.full.per_second("slate") + self.full.per_second("event")


async def measure(server: Server, mix: Iterator[Request], given: argparse.Namespace) -> Measured:
    """Warm-up and the three loads."""
    await closed_loop(server, given.connections, mix, given.warm)
    before, cpu = {name: metric(server, name) for name in COUNTED}, server.cpu()
    full = await closed_loop(server, given.connections, mix, given.seconds)
    cpu = server.cpu() - cpu
    counts = {name: metric(server, name) - count for name, count in before.items()}
    rate = full.per_second("slate") + full.per_second("event")
    half, thirds = [
        await at_rate(server, given.connections, mix, rate * share, given.seconds * 2 / 3) for share in (1 / 2, 2 / 3)
    ]
    return Measured(full, half, thirds, cpu, counts)


def answer(server: Server, crowd: Crowd) -> bytes:
    """An answer as it goes over the wire."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server}/v1/recommend/home?user={crowd.shoppers[0]}&n=20") as found:
        body: bytes = found.read()
    return body


def figures(found: Measured, floor: _floor.Floor) -> dict[str, float]:
    """What is kept."""
    full, slates = found.full, found.slates
    requests = sum(map(len, full.seconds.values())) / slates
    encodes = found.counts["lingxi_encodes_total"] / slates
    cpu_ms, floor_ms = found.cpu / slates * 1e3, floor.of(encodes, requests)
    return {
        "slates_per_s": round(full.per_second("slate"), 1),
        "p50_ms": round(found.half.percentile_ms("slate", 50), 2),
        "p99_ms": round(found.half.percentile_ms("slate", 99), 2),
        "p99_two_thirds_ms": round(found.thirds.percentile_ms("slate", 99), 2),
        "cpu_ms": round(cpu_ms, 4),
        "floor_ms": round(floor_ms, 4),
        "over_floor": round(cpu_ms / floor_ms, 2),
        "floor_http_ms": round(floor.http, 4),
        "floor_encode_ms": round(floor.encode, 4),
        "floor_top_ms": round(floor.top, 4),
        "floor_predict_ms": round(floor.predict, 4),
        "floor_json_ms": round(floor.json, 4),
        "full_p50_ms": round(full.percentile_ms("slate", 50), 2),
        "full_p99_ms": round(full.percentile_ms("slate", 99), 2),
        "events_per_s": round(full.per_second("event"), 1),
        "encodes_per_s": round(encodes * full.per_second("slate"), 1),
        "candidates": round(found.counts["lingxi_proposed_total"] / slates, 1),
        "cheaper": int(found.counts["lingxi_cheaper_slates_total"]),
        "errors": full.errors + found.half.errors + found.thirds.errors,
    }


def main() -> None:
    """Runs it."""
    parser = options(__doc__, connections=32, seconds=60.0, warm=10.0)
    given = parser.parse_args()
    told = settings(**vars(given), surface="home", n=20, client="bench/_load.py")
    crowd = Crowd(given.items, given.seed)
    arguments = ("--processes", str(given.processes)) if given.processes > 1 else ()
    with serving(crowd.home, *arguments) as server:
        found = asyncio.run(measure(server, crowd.requests(given.events), given))
        body = answer(server, crowd)
    candidates = round(found.counts["lingxi_proposed_total"] / found.slates)
    floor = _floor.measure(crowd.home, body, candidates, found.rate, min(given.seconds, 20.0))
    size = "" if given.items is None else f"_{given.items}"
    name = f"serve{size}" + (f"_{given.processes}_processes" if given.processes > 1 else "")
    kept = figures(found, floor)
    if given.items is not None:
        plan = _made.plan_of(crowd.home)
        told["index"] = plan.kind
        kept["index_recall"] = plan.recall
    finish(name, told, kept)


if __name__ == "__main__":
    main()
