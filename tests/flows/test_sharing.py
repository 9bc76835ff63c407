"""Two processes that share on Valkey what they know of shoppers: the next slate knows, whichever answers; and what
happens when Valkey is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from lingxi.app import Engine
from lingxi.app.sharing import name_of
from lingxi.cli.main import FAILED, run
from lingxi.config import Settings, State
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.slate import Query, Slate
from real_valkey import RealValkey, shared_as_the_log_says, valkey
from two_engines import ask, told

__all__ = ["valkey"]

DEAF = 60.0
"""A process that looks at the log so seldom knows in a test only what it is told otherwise."""


def shared_on(url: str) -> Settings:
    """Settings that share shoppers there."""
    return Settings(state=State(shoppers=url))


def deafen(engine: Engine) -> None:
    """From now on it does not look at what others append."""
    engine._sending.writer.poll_seconds = DEAF


async def until(true: Callable[[], bool]) -> None:
    """Lets the loop go on until it is true."""
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.005)


def items_of(slate: Slate) -> list[str]:
    """What a slate shows."""
    return [pick.item for pick in slate.picks]


def test_the_next_slate_of_another_process_knows_without_waiting(tmp_path: Path, valkey: RealValkey) -> None:
    async def story(first: Engine, second: Engine) -> None:
        await ask(second, Query(after=first.state.cursor))
        deafen(second)
        await second.send_events([{"user": "bob", "kind": "view", "item": "p1"}])
        before = second.state.cursor
        # a shopper whom the other never heard of, and one of whom it knows less
        for who in ("ann", "bob"):
            seen = [{"user": who, "kind": kind, "item": "p7"} for kind in ("impression", "view", "add_to_cart")]
            seq = (await first.send_events([*seen, {"user": who, "kind": "purchase", "item": "p8"}]))[-1].seq
            slate = await ask(second, Query(user=who, session="s", n=12))
            assert second.state.cursor == before
            assert seq is not None
            assert slate.seq >= seq
            assert "p8" not in items_of(slate)  # just bought
            assert slate.cheaper == ()
        cart = await ask(second, Query(surface="buy_again", user="ann"))
        same = await ask(first, Query(surface="buy_again", user="ann"))
        assert items_of(cart) == items_of(same)

    told(tmp_path, story, shared_on(valkey.url))


def test_what_two_processes_share_is_what_the_log_says(tmp_path: Path, valkey: RealValkey) -> None:
    async def story(first: Engine, second: Engine) -> None:
        kinds = ("view", "impression", "click", "purchase", "search", "rate", "like")
        sent = [
            {
                "user": f"u{no % 7}",
                "kind": kinds[no % 7],
                "item": f"p{no % 12}",
                "price": 2.0,
                "value": 4,
                "query": "tea",
            }
            for no in range(84)
        ]
        calls = [(first, second)[no % 2].send_events(sent[no : no + 1 + no % 3]) for no in range(0, 84, 3)]
        await asyncio.gather(*calls, first.send_users([{"id": "u3", "traits": {"tier": {"value": "gold"}}}]))
        for engine in (first, second):
            await ask(engine, Query(after=max(first.state.cursor, second.state.cursor)))
        assert first._sharing is not None
        await shared_as_the_log_says(second.parts.log, first._sharing._shoppers)

    told(tmp_path, story, shared_on(valkey.url))


def test_without_valkey_slates_say_so_events_are_kept_and_it_recovers(tmp_path: Path, valkey: RealValkey) -> None:
    async def story(first: Engine, second: Engine) -> None:
        await first.send_events([{"user": "ann", "kind": "view", "item": "p1"}])
        for gone, back in ((valkey.stop, valkey.start), (valkey.hold, valkey.go_on)):
            # when it is gone: every event is acknowledged, and slates are made from what the process has, and say so
            await asyncio.to_thread(gone)
            receipts = await first.send_events([{"user": "ann", "kind": "view", "item": "p2"}])
            assert receipts[0].seq is not None
            slate = await ask(second, Query(user="ann", n=5, after=receipts[0].seq))
            assert slate.cheaper == ("shoppers",)
            assert len(slate.picks) == 5
            assert second.state.shopper("ann", None) is not None
            # then: once it is back, empty or not, all goes on
            await asyncio.to_thread(back)
            await until(lambda: first._sharing._held.cursor == first.state.cursor)  # type: ignore[union-attr]
            while (await ask(second, Query(user="ann"))).cheaper:
                await asyncio.sleep(0.01)
            seq = (await second.send_events([{"user": "ann", "kind": "view", "item": "p3"}]))[0].seq
            assert (await ask(first, Query(user="ann"))).seq >= (seq or 0)

    told(tmp_path, story, shared_on(valkey.url))


def test_who_is_forgotten_is_shared_no_more(tmp_path: Path, valkey: RealValkey) -> None:
    async def story(first: Engine, second: Engine) -> None:
        await first.send_events([{"user": name, "kind": "view", "item": "p1"} for name in ("ann", "bob")])
        assert first._sharing is not None
        shoppers = first._sharing._shoppers
        asked = {name_of("u:ann"): 0, name_of("u:bob"): 0}
        assert set((await shoppers.read(asked)).rows) == set(asked)
        told_ = await second.forget("u:ann")
        assert told_.seq is not None
        await ask(first, Query(after=told_.seq))
        await until(lambda: first._sharing._held.cursor >= told_.seq)  # type: ignore[union-attr]
        assert set((await shoppers.read(asked)).rows) == {name_of("u:bob")}

    told(tmp_path, story, shared_on(valkey.url))


def test_who_is_forgotten_is_let_go_by_who_knew_them(tmp_path: Path, valkey: RealValkey) -> None:
    """Given a process that reads of a shopper's acts after they were forgotten, so that it never learns their name,
    when it is the first to share what follows, then their row is let go by the one that did know."""

    async def story(first: Engine, second: Engine) -> None:
        await first.send_events([{"user": "ann", "kind": "view", "item": "p1"}])
        assert first._sharing is not None
        assert second._sharing is not None
        shoppers, asked = first._sharing._shoppers, {name_of("u:ann"): 0}
        deafen(first)
        await asyncio.sleep(0.05)
        # It hears too late whom this is about.
        second._sharing.forgetting = lambda _: None  # type: ignore[method-assign]
        await second.forget("u:ann")
        await second.send_events([{"user": "eve", "kind": "view", "item": "p2"}])
        assert (await shoppers.read(asked)).rows
        await first.send_events([{"user": "bob", "kind": "view", "item": "p1"}])
        await until(lambda: not first._sharing._forgotten)  # type: ignore[union-attr]
        assert not (await shoppers.read(asked)).rows

    told(tmp_path, story, shared_on(valkey.url))


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("valkye://here", Unknown, "choose one of: valkey"),
        ("valkey://here:port", Invalid, "the URL cannot be read"),
    ],
)
def test_a_store_that_cannot_be_is_told(tmp_path: Path, url: str, error: type[Exception], said: str) -> None:
    from lingxi.app import open_parts

    parts = open_parts(tmp_path, Settings())
    with pytest.raises(error, match=said):
        parts.shared(url)
    parts.close()


def test_processes_are_told_that_they_share_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINGXI_STATE_SHOPPERS", "memory://")
    assert run(["serve", "--home", str(tmp_path / "home"), "--port", "0", "--processes", "2"]) == FAILED
    assert "processes share no memory (state.shoppers); name a server" in capsys.readouterr().err
