"""What a server does when three times as many ask as it can answer: how many get a slate, of what kind, and how soon it
is over.

Capacity first: slates a second as fast as 32 connections ask (10 s after a warm-up). Then three times that rate for
60 s, open loop: requests begin when they are due, whatever the server does. Then the same mix at half of capacity; it
has recovered from the second on in which all requests are answered, whole, and 99 of 100 within the deadline. Goodput
counts slates, cheaper ones too; what each rung gave is told. The client's own share of two cores is part of it: `late`
is how far it fell behind its own schedule at the worst.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from _crowd import Crowd, asked, options, put_rules
from _load import Pool, Request, closed_loop, connect, parts_left_out
from _many import served, suffix
from _report import finish, settings
from _shop import Server

RUNGS = ("acts", "rerank", "rank", "cached", "popular")
DEADLINE_SECONDS = 0.2
"""`serving.deadline_ms` as it usually is."""


@dataclass(slots=True)
class Seen:
    """Every answer: when it was due, seconds until it was there, its status, and what it went without."""

    due: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    without: Counter[str] = field(default_factory=Counter)
    late: float = 0.0

    def share(self, *, kind: str, good: bool) -> float:
        """How many of a kind were answered with 200, or not."""
        return sum(k == kind and (s == 200) is good for k, s in zip(self.kind, self.status, strict=True))


async def open_loop(server: Server, connections: int, mix: Iterator[Request], rate: float, seconds: float) -> Seen:
    """Requests `1 / rate` apart."""
    pool, seen = Pool(await connect(server, connections)), Seen()
    started, tasks = time.perf_counter(), set()

    async def go(kind: str, request: bytes, due: float) -> None:
        connection = await pool.take()
        status, body = await connection.ask(request)
        seen.due.append(due - started)
        seen.seconds.append(time.perf_counter() - due)
        seen.status.append(status)
        seen.kind.append(kind)
        without = parts_left_out(body)
        seen.whole.append(not without)
        seen.without.update(without)
        if status:
            pool.give(connection)

    for number in range(int(rate * seconds)):
        due = started + number / rate
        ahead = due - time.perf_counter()
        if ahead > 0.0005:
            await asyncio.sleep(ahead)
        elif number % 64 == 0:
            await asyncio.sleep(0)
        seen.late = max(seen.late, -ahead)
        task = asyncio.create_task(go(*next(mix), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return seen


def recovered(seen: Seen, seconds: float) -> float:
    """From which second on all were answered, whole and in time; NaN if never."""
    second = np.array(seen.due).astype(int)
    status, took, whole = (np.array(each) for each in (seen.status, seen.seconds, seen.whole))
    for start in range(int(seconds)):
        rest = second >= start
        good = (status[rest] == 200) & whole[rest] & (took[rest] <= DEADLINE_SECONDS)
        if rest.any() and (status[rest] == 200).all() and good.mean() >= 0.99:
            return float(start)
    return float("nan")


async def load(server: Server, crowd: Crowd, given: argparse.Namespace) -> dict[str, float]:
    """Capacity, the rush, and after it."""
    if given.rules:
        put_rules(server, crowd)
    mix = crowd.requests(given.events)
    await closed_loop(server, 32, mix, given.warm)
    full = await closed_loop(server, 32, mix, given.warm)
    slates, rate = full.per_second("slate"), full.per_second("slate") + full.per_second("event")
    cpu = server.cpu()
    rush = await open_loop(server, given.connections, mix, given.times * rate, given.seconds)
    cpu = server.cpu() - cpu
    after = await open_loop(server, given.connections, mix, rate / 2, given.after)
    good = rush.share(kind="slate", good=True) / given.seconds
    answered = [took for took, status in zip(rush.seconds, rush.status, strict=True) if status == 200]
    statuses = Counter(rush.status)
    return {
        "capacity_per_s": round(slates, 1),
        "asked_per_s": round(len(rush.due) / given.seconds, 1),
        "goodput_per_s": round(good, 1),
        "goodput_share": round(good / slates, 3),
        **{f"went_without_{rung}": rush.without[rung] for rung in RUNGS},
        "refused": statuses[503],
        "other_5xx": sum(count for status, count in statuses.items() if status >= 500 and status != 503),
        "broken": statuses[0],
        "events_stored_share": round(rush.share(kind="event", good=True) / max(rush.kind.count("event"), 1), 4),
        "p50_ms": round(float(np.percentile(answered, 50)) * 1e3, 1),
        "p99_ms": round(float(np.percentile(answered, 99)) * 1e3, 1),
        "server_cpu_share": round(cpu / given.seconds, 2),
        "late_ms": round(rush.late * 1e3, 1),
        "recovered_s": recovered(after, given.after),
        "errors_after": sum(status != 200 for status in after.status),
    }


def main() -> None:
    """Runs it."""
    defaults = {"connections": 2000, "times": 3.0, "seconds": 60.0, "warm": 10.0, "after": 15.0}
    given = asked(options(__doc__, **defaults))
    told = settings(**vars(given), surface="home", n=20, client="bench/_load.py")
    crowd = Crowd(given.items, given.seed)
    with served(crowd.home, given) as server:
        figures = asyncio.run(load(server, crowd, given))
    finish(f"overload{suffix(given)}", told, figures)


if __name__ == "__main__":
    main()
