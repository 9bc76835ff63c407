"""How soon a click is known: the time from sending an event to having a slate that knows it, under load.

300 slates and 100 events a second, and a batch of 500 events every second. After each event's acknowledgement its
shopper's slate is asked for at once; the time runs from when the event was due to when that slate is there. Every slate
is stale if its `seq` is below that of an event of the same shopper acknowledged before the slate was asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import deque

import numpy as np
from _load import Connection, Pool, connect, get, post
from _report import finish, settings
from _shop import households, prepare, products, serving, zipf


class Clicks:
    """The load: every shopper's draw, and what was seen."""

    def __init__(self, seed: int, count: int) -> None:
        rng = np.random.default_rng(seed)
        self.shoppers = deque(zipf(households(), rng, count))
        self.items = deque(zipf(products(2000), rng, count))
        self.seconds: list[float] = []
        self.known: dict[str, int] = {}
        self.stale = 0
        self.errors = 0
        self.slates = self.cheaper = 0

    def event(self) -> tuple[str, dict[str, str]]:
        """The next shopper and a view of an item."""
        shopper = self.shoppers.popleft()
        self.shoppers.append(shopper)
        self.items.rotate(-1)
        return shopper, {"kind": "view", "user": shopper, "item": self.items[0]}

    async def click(self, connection: Connection, due: float) -> None:
        """An event, then the slate that must know it."""
        shopper, event = self.event()
        if await self.send(connection, [event]) and await self.slate(connection, shopper):
            self.seconds.append(time.perf_counter() - due)

    async def look(self, connection: Connection, _due: float) -> None:
        """A slate of somebody."""
        await self.slate(connection, self.event()[0])

    async def batch(self, connection: Connection, _due: float) -> None:
        """500 events in one call."""
        await self.send(connection, [self.event()[1] for _ in range(500)])

    async def send(self, connection: Connection, events: list[dict[str, str]]) -> bool:
        """Sends events and remembers the `seq` of each shopper's newest; whether all were stored."""
        status, body = await connection.ask(post("/v1/events", json.dumps(events).encode()))
        receipts = json.loads(body)["events"] if status == 200 else []
        stored = len(receipts) == len(events) and all("seq" in each for each in receipts)
        self.errors += not stored
        for event, receipt in zip(events, receipts, strict=False):
            shopper = event["user"]
            self.known[shopper] = max(self.known.get(shopper, 0), receipt.get("seq", 0))
        return stored

    async def slate(self, connection: Connection, shopper: str) -> bool:
        """Asks for a slate and looks whether it is stale; whether there was one."""
        known = self.known.get(shopper, 0)
        status, body = await connection.ask(get(f"/v1/recommend/home?user={shopper}&n=20"))
        self.slates += 1
        if status != 200:
            self.errors += 1
            return False
        slate = json.loads(body)
        self.stale += slate["seq"] < known
        self.cheaper += "cheaper" in slate
        return True


async def load(port: int, clicks: Clicks, seconds: float) -> float:
    """Runs the load; returns how long it took."""
    pool = Pool(await connect(port, 64))
    started = time.perf_counter()
    schedule = sorted(
        [(k / 100, "click") for k in range(int(100 * seconds))]
        + [(k / 200 + 0.0025, "look") for k in range(int(200 * seconds))]
        + [(k + 0.5, "batch") for k in range(int(seconds))]
    )
    running = set()

    async def go(what: str, due: float) -> None:
        connection = await pool.take()
        await getattr(clicks, what)(connection, due)
        pool.give(connection)

    for offset, what in schedule:
        due = started + offset
        if (ahead := due - time.perf_counter()) > 0.0005:
            await asyncio.sleep(ahead)
        task = asyncio.create_task(go(what, due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return time.perf_counter() - started


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    told = settings(**vars(options), slates_per_s=300, events_per_s=100, batch="500 every second")
    with serving(prepare()) as port:
        asyncio.run(load(port, Clicks(options.seed + 1, 50_000), options.warm))
        clicks = Clicks(options.seed, 50_000)
        took = asyncio.run(load(port, clicks, options.seconds))
    figures = {
        **{f"p{p}_ms": round(float(np.percentile(clicks.seconds, p) * 1e3), 2) for p in (50, 95, 99)},
        "stale": clicks.stale,
        "errors": clicks.errors,
        "clicks": len(clicks.seconds),
        "slates_per_s": round(clicks.slates / took, 1),
        "cheaper_share": round(clicks.cheaper / max(clicks.slates, 1), 4),
    }
    finish("click_to_slate", told, figures)


if __name__ == "__main__":
    main()
