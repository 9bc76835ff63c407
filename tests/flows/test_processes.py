"""Two processes of one shop, here as two engines on one loop: what one takes in, the other knows."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lingxi.app import Engine
from lingxi.app.reached import Reached
from lingxi.domain.errors import Invalid
from lingxi.domain.slate import Query
from lingxi.state.checkpoint import digest
from two_engines import ask, told


def test_a_slate_asked_after_a_change_knows_it_on_whichever_process(tmp_path: Path) -> None:
    async def story(first: Engine, second: Engine) -> None:
        for turn, (here, there) in enumerate([(first, second), (second, first)] * 4):
            sent = {"user": "ann", "kind": "view", "item": f"p{turn}"}
            seq = (await here.send_events([sent]))[0].seq
            assert seq is not None
            slate = await ask(there, Query(user="ann", after=seq))
            assert slate.seq >= seq
            assert there.state.shopper("ann", None).recent(("view",), 1).tolist() == [turn]
        # and: what both folded is the same, each change once
        await ask(first, Query(after=second.state.cursor))
        assert digest(first.state) == digest(second.state)

    told(tmp_path, story)


def test_a_change_that_does_not_exist_is_not_waited_for(tmp_path: Path) -> None:
    async def story(first: Engine, second: Engine) -> None:
        with pytest.raises(Invalid, match="there is no change 1000000 yet"):
            await ask(second, Query(user="ann", after=1_000_000))

    told(tmp_path, story)


def test_a_double_click_is_doubted_though_another_process_took_the_first(tmp_path: Path) -> None:
    async def story(first: Engine, second: Engine) -> None:
        click = {"user": "bob", "session": "s", "kind": "click", "item": "p1", "at": 1_700_000_000_000_000}
        seq = (await first.send_events([click]))[0].seq
        await ask(second, Query(after=seq))
        receipt = (await second.send_events([{**click, "at": click["at"] + 200_000}]))[0]
        assert receipt.rules == ("double_click",)

    told(tmp_path, story)


def test_who_is_forgotten_by_one_process_is_gone_from_all(tmp_path: Path) -> None:
    async def story(first: Engine, second: Engine) -> None:
        await first.send_events([{"user": name, "kind": "purchase", "item": "p1"} for name in ("ann", "bob")])
        forgotten = await second.forget("u:ann")
        seq = forgotten.seq
        await ask(first, Query(after=seq))
        while first.state.stale or second.state.stale:
            await asyncio.sleep(0.01)
        assert digest(first.state) == digest(second.state)
        assert second.state.shopper("ann", None) is None
        assert second.state.shopper("bob", None) is not None

    told(tmp_path, story)


def test_who_waits_for_a_change_goes_on_when_the_state_is_there() -> None:
    async def story() -> None:
        reached = Reached()
        early, late = (asyncio.create_task(reached.wait(seq, 60.0)) for seq in (5, 9))
        await asyncio.sleep(0)
        reached.at(4)
        assert len(reached) == 2
        reached.at(7)
        assert await early
        assert not late.done()
        assert await reached.wait(7, 0.0)
        assert not await reached.wait(8, 0.0)
        late.cancel()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, story()).result()
