"""How many slates a second one server serves, and what that is against the bare calls it needs.

All of the pipeline is there, and as in service answers become cheaper where they wait: the `…_share` say how many were
so, and what they went without. With LINGXI_SERVING_DEADLINE_MS=10000 in the environment nearly all are whole.

Without `--items` the demo's shop with its model, else a made-up shop of so many items. 32 connections; `home`, n = 20;
shoppers by Zipf 1.0; one request in ten is an event. 10 s warm-up, 60 s as fast as it goes, then 40 s each at half and
at two thirds of that rate for the latencies at a load that leaves room. The floor is measured after it, in the same
run, at the same sizes and rate (`bench/_floor.py`); `cpu_ms` is the server's processor time for each slate, events'
included.

With `--processes` above one they share their shoppers on a Valkey (`--valkey`), and one process of the same shop is
asked before and after them: `of_one` is how many slates a second of processor time they make, Valkey's included,
against its. All have time enough to make whole slates.
"""

from __future__ import annotations

import argparse
import asyncio
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import _floor
import _made
from _crowd import Crowd, asked, options, put_rules
from _load import Request, Told, at_rate, closed_loop
from _many import served, suffix
from _report import finish, settings
from _shop import Server, metric, scraped, serving, told

PICKS = 20
WHOLE = {"LINGXI_SERVING_DEADLINE_MS": "10000"}
"""With so much time all slates are whole. Else those who are asked more than they can answer make cheaper ones, and the
processor time of a slate says how long it waited instead of what it costs."""


@dataclass(frozen=True, slots=True)
class Speed:
    """At full speed: what came back, and the server's CPU seconds."""

    told: Told
    cpu: float

    @property
    def slates(self) -> int:
        """How many slates."""
        return len(self.told.seconds["slate"])

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.told.per_second("slate") + self.told.per_second("event")


@dataclass(frozen=True, slots=True)
class Measured:
    """At full speed, half of it and two thirds; for each slate the encodes and the candidates proposed; and the memory
    at the end."""

    speed: Speed
    half: Told
    thirds: Told
    encodes: float
    candidates: float
    megabytes: float


async def full_speed(server: Server, mix: Iterator[Request], given: argparse.Namespace) -> Speed:
    """As fast as it goes."""
    cpu = server.cpu()
    full = await closed_loop(server, given.connections, mix, given.seconds)
    return Speed(full, server.cpu() - cpu)


async def warmed(server: Server, crowd: Crowd, given: argparse.Namespace) -> Speed:
    """Full speed alone, after the warm-up, under rules where they are wanted."""
    if given.rules:
        put_rules(server, crowd)
    mix = crowd.requests(given.events)
    await closed_loop(server, given.connections, mix, given.warm)
    return await full_speed(server, mix, given)


async def measure(server: Server, crowd: Crowd, given: argparse.Namespace) -> Measured:
    """Warm-up and the three loads, under rules where they are wanted."""
    if given.rules:
        put_rules(server, crowd)
    mix = crowd.requests(given.events)
    await closed_loop(server, given.connections, mix, given.warm)
    encodes, made = (metric(server, name) for name in ("lingxi_encodes_total", "lingxi_slates_total"))
    speed = await full_speed(server, mix, given)
    encodes, made = metric(server, "lingxi_encodes_total") - encodes, metric(server, "lingxi_slates_total") - made
    lines = scraped(server)
    slates = max(told(lines, "lingxi_picks_total") / PICKS, 1.0)  # of that process
    half, thirds = [
        await at_rate(server, given.connections, mix, speed.rate * share, given.seconds * 2 / 3)
        for share in (1 / 2, 2 / 3)
    ]
    proposed = told(lines, "lingxi_proposed_total")
    return Measured(speed, half, thirds, encodes / made, proposed / slates, server.megabytes())


def answer(server: Server, crowd: Crowd) -> bytes:
    """An answer as it goes over the wire."""
    with urllib.request.urlopen(
        f"http://127.0.0.1:{server}/v1/recommend/home?user={crowd.shoppers[0]}&n={PICKS}"
    ) as found:
        body: bytes = found.read()
    return body


def figures(found: Measured, floor: _floor.Floor) -> dict[str, float]:
    """What is kept."""
    speed, full = found.speed, found.speed.told
    requests = sum(map(len, full.seconds.values())) / speed.slates
    cpu_ms, floor_ms = speed.cpu / speed.slates * 1e3, floor.of(found.encodes, requests)
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
        "encodes_per_s": round(found.encodes * full.per_second("slate"), 1),
        "candidates": round(found.candidates, 1),
        "cheaper_share": round(full.share(full.cheaper), 4),
        "without_acts_share": round(full.share(full.without["acts"]), 4),
        "without_rerank_share": round(full.share(full.without["rerank"]), 4),
        "without_rank_share": round(full.share(full.without["rank"]), 4),
        "half_cheaper_share": round(found.half.share(found.half.cheaper), 4),
        "two_thirds_cheaper_share": round(found.thirds.share(found.thirds.cheaper), 4),
        "slates_per_cpu_s": round(speed.slates / speed.cpu, 1),
        "rss_mb": round(found.megabytes),
        "errors": full.errors + found.half.errors + found.thirds.errors,
    }


def of_one(crowd: Crowd, given: argparse.Namespace) -> float:
    """The slates that one process makes in a second of processor time, all whole."""
    with serving(crowd.home, **WHOLE) as server:
        alone = asyncio.run(warmed(server, crowd, given))
    return alone.slates / alone.cpu


def main() -> None:
    """Runs it."""
    parser = options(__doc__, connections=32, seconds=60.0, warm=10.0)
    given = asked(parser)
    said = settings(**vars(given), surface="home", n=PICKS, client="bench/_load.py")
    crowd = Crowd(given.items, given.seed)
    one = [of_one(crowd, given)] if given.processes > 1 else []
    with served(crowd.home, given, **(WHOLE if one else {})) as server:
        found = asyncio.run(measure(server, crowd, given))
        body = answer(server, crowd)
    if one:
        one.append(of_one(crowd, given))
    floor = _floor.measure(crowd.home, body, round(found.candidates), found.speed.rate, min(given.seconds, 20.0))
    size = "" if given.items is None else f"_{given.items}"
    name = f"serve{size}{suffix(given)}"
    kept = figures(found, floor)
    if one:
        alone = sum(one) / len(one)
        kept |= {"one_slates_per_cpu_s": round(alone, 1), "of_one": round(kept["slates_per_cpu_s"] / alone, 3)}
    if given.items is not None:
        plan = _made.plan_of(crowd.home)
        said["index"] = plan.kind
        kept["index_recall"] = plan.recall
    finish(name, said, kept)


if __name__ == "__main__":
    main()
