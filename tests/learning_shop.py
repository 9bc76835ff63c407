"""A small shop with a known answer, for tests of what learns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lingxi.domain.change import Proposal, tie_of
from lingxi.domain.event import KIND_CODE, Event
from lingxi.domain.history import Goods, Interactions
from lingxi.domain.item import Item
from lingxi.ports.log import Log

DAY = 86_400_000_000
START = 1_600_000_000_000_000


def goods_of(count: int) -> Goods:
    """`count` items `i0`, `i1` … in two categories."""
    return Goods(
        ids=[f"i{number}" for number in range(count)],
        category=(np.arange(count) % 2).astype(np.int32),
        categories=["even", "odd"],
        price=np.full(count, np.nan, dtype=np.float32),
        listed=np.ones(count, dtype=np.bool_),
    )


def interactions(lines: Sequence[tuple[int, int, int]], kind: str = "purchase") -> Interactions:
    """Lines of (shopper, item, day); a line's tie comes from its content."""
    n = len(lines)
    shopper = np.array([line[0] for line in lines], dtype=np.int32)
    item = np.array([line[1] for line in lines], dtype=np.int32)
    at = START + np.array([line[2] for line in lines], dtype=np.int64) * DAY
    tie = np.array([tie_of(f"{a} {b} {c}") for a, b, c in lines], dtype=np.int64)
    order = np.lexsort((tie, at))
    whole = Interactions(
        at=at,
        received=at.copy(),
        tie=tie,
        shopper=shopper,
        item=item,
        kind=np.full(n, KIND_CODE[kind], dtype=np.int8),
        quantity=np.ones(n, dtype=np.float32),
        price=np.full(n, np.nan, dtype=np.float32),
        marked=np.zeros(n, dtype=np.bool_),
    )
    return whole.where(order)


def two_tastes(shoppers: int = 60, days: int = 30, seed: int = 0) -> Interactions:
    """Even shoppers buy items 0–9 and odd ones 10–19: a basket of three every third day; item 0 and 10 always."""
    rng = np.random.default_rng(seed)
    lines = []
    for shopper in range(shoppers):
        base = 10 * (shopper % 2)
        for day in range(shopper % 3, days, 3):
            picked = {0, *rng.choice(np.arange(1, 10), size=2, replace=False).tolist()}
            lines += [(shopper, base + item, day) for item in picked]
    return interactions(lines)


def fill(log: Log, days: int) -> None:
    """Sixty shoppers of two tastes buy three of their ten items every third day, for so many `days`."""
    rng = np.random.default_rng(0)
    log.append(
        [Proposal(Item(id=f"i{no}", title=f"Item {no}", category=["even", "odd"][no % 2]), START) for no in range(20)]
    )
    events = []
    for shopper in range(60):
        base = 10 * (shopper % 2)
        for day in range(shopper % 3, days, 3):
            for item in (0, *rng.choice(np.arange(1, 10), size=2, replace=False).tolist()):
                at = START + day * DAY + shopper
                name = f"{shopper}-{day}-{item}"
                events.append(Event(id=name, kind="purchase", user=f"u{shopper}", item=f"i{base + item}", at=at))
    log.append([Proposal(event, event.at or 0) for event in events])
