"""What a slate costs as a shop grows, in one process and without HTTP: CPU milliseconds by catalogue and by history.

By catalogue: made-up shops from ten thousand items to `--most`, each with its bundle, shoppers by Zipf. By history:
shoppers of the smallest shop with one act up to a thousand; their first slate after it, for which the history is read
and encoded, and the slates after that until their next act.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl
from _made import made
from _report import PAGE, finish, settings

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.deploy.load import LiveBundle
from lingxi.domain.event import KIND_CODE
from lingxi.domain.slate import Query
from lingxi.ports.log import Run
from lingxi.recommend.ahead import ahead
from lingxi.recommend.memory import Memory
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.state.state import State

PLOT = PAGE.parent / "images" / "growth.svg"
HISTORIES = (1, 3, 10, 30, 100, 300, 1_000)
MINUTE = 60_000_000


class Shop:
    """A made-up shop in this process."""

    def __init__(self, home: Path) -> None:
        with Desk(home, config.load(home), "default") as desk:
            self.state, self.now = desk.state(), desk.parts.clock.now()
            live = desk.live()
            assert live is not None
            self.bundle = LiveBundle.load(*desk.parts.bundles.open(live), dict(self.state.items.number))
        self.memory = Memory()

    def slate(self, user: str) -> None:
        """Makes one slate as the server does."""
        query, scene = Query(user=user), Scene(self.state, self.bundle, self.now, memory=self.memory)
        wanted = ahead(query, scene)
        wanted.held.update(wanted.run(reasons=False))
        recommend(query, scene, "r", moment=wanted.moment)[1].outline()

    def view(self, user: str, count: int) -> None:
        """The shopper looks at `count` items, a minute apart, the last of them now."""
        self.state.apply(views(self.state, f"u:{user}", count, self.now - (count - 1) * MINUTE))


def views(state: State, shopper: str, count: int, now: int) -> Run:
    """Views of items in turn, on their way into the state."""
    number = state.shopper_number.get(shopper, len(state.shopper_ids))
    seq = np.arange(state.cursor + 1, state.cursor + 1 + count)
    return Run.plain(
        seq,
        now + np.arange(count) * MINUTE,
        np.full(count, number, np.int32),
        (seq * 7919 % len(state.items.ids)).astype(np.int32),
        np.full(count, KIND_CODE["view"], np.int8),
        new_items={},
        new_shoppers={} if shopper in state.shopper_number else {number: shopper},
    )


def cost(slates: int, make: Callable[[int], None]) -> float:
    """CPU milliseconds of one of `slates`."""
    gc.collect()
    began = time.process_time()
    for number in range(slates):
        make(number)
    return (time.process_time() - began) / slates * 1e3


def by_catalogue(items: int, slates: int, seed: int) -> dict[str, float | str]:
    """A row of the figures."""
    shop = Shop(made(items, seed))
    names = [name[2:] for name in shop.state.shopper_ids if name.startswith("u:")]
    chance = 1.0 / np.arange(1, len(names) + 1)
    drawn = np.random.default_rng(seed).choice(len(names), size=2 * slates, p=chance / chance.sum()).tolist()
    for number in drawn[:slates]:
        shop.slate(names[number])
    spent = cost(slates, lambda place: shop.slate(names[drawn[slates + place]]))
    return {"name": f"{items}_items", "size": items, "of": "items", "ms": round(spent, 4)}


def by_history(items: int, slates: int, seed: int) -> list[dict[str, float | str]]:
    """A row for each length of history: the first slate after it, and those that follow."""
    shop, rows = Shop(made(items, seed)), list[dict[str, float | str]]()
    shop.slate("somebody")
    for length in HISTORIES:
        users = [f"{length}-{number}" for number in range(max(slates // 20, 5))]
        for user in users:
            shop.view(user, length)
        for of, count in (("anew", len(users)), ("known", slates)):
            spent = cost(count, lambda number, users=users: shop.slate(users[number % len(users)]))
            rows.append({"name": f"{length}_acts_{of}", "size": length, "of": f"acts, {of}", "ms": round(spent, 4)})
    return rows


def plot(rows: list[dict[str, float | str]], path: Path) -> None:
    """Milliseconds against size, both by powers of ten."""
    frame = pl.DataFrame(rows)
    chart = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=alt.X("size:Q", scale=alt.Scale(type="log"), title="items, or acts in the history"),
            y=alt.Y("ms:Q", scale=alt.Scale(type="log"), title="CPU ms a slate"),
            color=alt.Color("of:N", title=None),
        )
        .properties(width=520, height=300)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    chart.save(path)


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=1_000_000, help="items of the largest shop")
    parser.add_argument("--slates", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    told = settings(**vars(given))
    sizes = [size for power in range(4, 8) if (size := 10**power) <= given.most]
    sizes += [given.most] if given.most not in sizes else []
    rows = [by_catalogue(size, given.slates, given.seed) for size in sizes]
    rows += by_history(sizes[0], given.slates, given.seed)
    for row in rows:
        print(f"{row['size']:>12,} {row['of']:<16} {row['ms']:.3f} ms")
    if not os.environ.get("BENCH_TRY"):
        plot(rows, PLOT)
    finish("growth", told, {"rows": [{"name": row["name"], "ms": row["ms"]} for row in rows]})


if __name__ == "__main__":
    main()
