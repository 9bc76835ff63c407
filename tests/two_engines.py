"""Two engines over one home, on one loop: what two processes of a server are to each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from lingxi.app import Engine, Seat, open_parts
from lingxi.config import Settings
from lingxi.domain.slate import Query, Slate

ITEMS = [{"id": f"p{no}", "title": f"Item {no}", "category": f"Aisle {no % 3}", "price": 1.0 + no} for no in range(12)]


@asynccontextmanager
async def two(home: Path, settings: Settings) -> AsyncIterator[tuple[Engine, Engine]]:
    """Two engines over the default shop of a home, with a few items."""
    engines = tuple(Engine(open_parts(home, settings), settings, Seat(number, 2)) for number in (1, 2))
    for each in engines:
        await each.start()
    await engines[0].send_items(ITEMS)
    try:
        yield engines
    finally:
        for each in reversed(engines):
            await each.stop(2.0)


def told(home: Path, story: Callable[[Engine, Engine], Awaitable[None]], settings: Settings | None = None) -> None:
    """Runs a story of two engines, on a thread of its own."""

    async def run() -> None:
        async with two(home, settings or Settings()) as (first, second):
            await story(first, second)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()


async def ask(engine: Engine, query: Query) -> Slate:
    """What a process answers."""
    return (await engine.answer(query)).slate
