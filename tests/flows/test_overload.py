"""More ask than can be answered: slates become cheaper, some are refused, no event is lost; then it is over."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lingxi.app import DEFAULT_SHOP, Engine, open_parts
from lingxi.config import Serving, Settings
from lingxi.domain.errors import Unavailable
from lingxi.domain.slate import Query
from lingxi.ports.slates import SlateRow
from lingxi.recommend.ladder import LEFT_OUT

SETTINGS = Settings(serving=Serving(deadline_ms=30))
KNOWN = set(LEFT_OUT.values())


async def ask(engine: Engine, user: str) -> SlateRow:
    """Asks as the API does."""
    engine.admit()
    return await engine.answer(Query(user=user))


async def story(home: Path) -> None:
    """See the test."""
    engine = Engine(open_parts(home, SETTINGS), SETTINGS)
    await engine.start()
    try:
        await engine.send_items([{"id": f"p{n}", "title": f"Thing {n}"} for n in range(60)])
        await engine.answer(Query(user="u0"))
        views = [{"user": f"u{n}", "kind": "view", "item": f"p{n}"} for n in range(20)]
        asked = [ask(engine, f"u{n % 20}") for n in range(400)]
        storing = asyncio.gather(*(engine.send_events([view]) for view in views))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(each) for each in answers} == {SlateRow, Unavailable}
        slates = [each.slate for each in answers if isinstance(each, SlateRow)]
        assert {slate.cheaper for slate in slates} <= KNOWN
        assert any(slate.cheaper for slate in slates)
        assert {(slate.cheaper, len(slate.picks)) for slate in slates if len(slate.picks) != 20} == set()
        assert engine.counts.refused == len(answers) - len(slates)
        assert sum(engine.counts.picked.values()) == 20 * (len(slates) + 1)
        stored = [receipt.seq for receipts in await storing for receipt in receipts]
        assert engine.state.cursor == max(stored, default=0)
        assert len(stored) == len(views)
        # Once the queue is short, slates are whole again.
        engine.pressure.lag.seconds = 0.0
        assert (await engine.answer(Query(user="u3"))).slate.cheaper == ()
    finally:
        await engine.stop(5.0)


def test_a_rush_makes_slates_cheaper_and_costs_no_event(tmp_path: Path) -> None:
    """Given 400 who ask at once and a deadline for a dozen, every answer is a full slate that says what it went
    without, or a refusal; the twenty events sent meanwhile are stored; the next slate is whole."""
    asyncio.run(story(tmp_path / DEFAULT_SHOP))
