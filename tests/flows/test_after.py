"""The next slate knows what was acknowledged, however cheap the answer has to be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lingxi.app import DEFAULT_SHOP, Engine, open_parts
from lingxi.config import Settings
from lingxi.domain.slate import Query
from lingxi.recommend.ladder import Rung


async def told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """See the test."""
    engine = Engine(open_parts(home, Settings()), Settings())
    await engine.start()
    try:
        await engine.send_items([{"id": f"p{n}", "title": f"Thing {n}"} for n in range(60)])
        query: dict[str, Any] = {"user": "ann", "n": 5}
        await engine.answer(Query(**query))
        for rung, said in ((Rung.CACHED, "cached"), (Rung.POPULAR, "popular")):

            async def turn(rung: Rung = rung) -> Rung:
                return rung

            monkeypatch.setattr(engine.pressure, "turn", turn)
            assert (await engine.answer(Query(**query))).slate.cheaper == (said,)
            (receipt,) = await engine.send_events([{"user": "ann", "kind": "view", "item": "p7"}])
            assert receipt.seq is not None
            for asked in (Query(**query), Query(**query, after=receipt.seq)):
                row = await engine.answer(asked)
                assert (row.slate.seq, row.slate.cheaper, len(row.slate.picks)) == (receipt.seq, ("popular",), 5)
            # What is to be explained is made anew, and so can be.
            row = await engine.answer(Query(**query, explain=True))
            assert row.slate.cheaper == ("popular",)
            assert (await engine.explain(row.slate.request)).record is not None
    finally:
        await engine.stop(5.0)


async def hurried(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """See the test."""
    engine = Engine(open_parts(home, Settings()), Settings())
    await engine.start()
    try:
        await engine.send_items([{"id": f"p{n}", "title": f"Thing {n}"} for n in range(60)])
        query, turns = Query(user="ann", n=5), [Rung.UNNAMED, Rung.CACHED, Rung.WHOLE, Rung.POPULAR]

        async def turn() -> Rung:
            return turns.pop(0)

        monkeypatch.setattr(engine.pressure, "turn", turn)
        first, again = await engine.answer(query), await engine.answer(query)
        assert (first.slate.cheaper, again.slate.cheaper) == ((), ("cached",))
        assert again.slate.picks == first.slate.picks
        asked: list[float] = []
        monkeypatch.setattr(engine.pressure, "hurry", lambda came: asked.append(came) or Rung.UNRANKED)
        late = await engine.answer(query)
        assert (late.slate.cheaper, len(asked)) == (("acts", "rerank"), 2)
        everybody = await engine.answer(Query(user="ann", n=5, explain=True))
        assert (everybody.slate.cheaper, len(asked)) == (("popular",), 2)
    finally:
        await engine.stop(5.0)


def test_a_slate_is_hurried_while_it_is_made_and_kept_where_only_its_words_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a server so busy that reasons name no acts, its slate is that which is shown again in a rush; when the time
    of one runs out while it is made, it says what it went without; and what all are shown is hurried no more."""
    asyncio.run(hurried(tmp_path / DEFAULT_SHOP, monkeypatch))


def test_neither_what_was_shown_before_nor_what_all_are_shown_is_older_than_the_last_act(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a server so busy that it shows again what it showed, when the shopper has acted, whether the request says
    so or not, the next slate knows it: what all are shown, less what the act rules out."""
    asyncio.run(told(tmp_path / DEFAULT_SHOP, monkeypatch))
