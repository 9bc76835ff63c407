"""In idle moments slates are made for who is likely to come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lingxi.app import Engine, open_parts
from lingxi.app.foresight import Foresight
from lingxi.app.pressure import Pressure
from lingxi.config import Serving, Settings
from lingxi.domain.errors import Unknown
from lingxi.domain.slate import Query
from lingxi.recommend import memory


def _within(story: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await story()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.002)


def test_those_expected_come_one_after_the_other_and_one_that_fails_is_passed_over() -> None:
    """Given three who are expected, of whom one can't be made, when nobody asks, then the others are made in order."""

    async def story() -> None:
        made: list[str] = []

        async def make(user: str) -> None:
            if user == "b":
                raise Unknown("nobody", where="user", remedy="ask for another")
            made.append(user)

        Foresight(Pressure(Serving()), make).expect(["a", "b", "c"])
        await _until(lambda: made == ["a", "c"])

    _within(story)


def test_what_is_broken_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Given a fault in what makes slates, then it is told once and nobody is expected any more; who is expected after
    it is made again."""

    async def story() -> None:
        made: list[str] = []

        async def make(user: str) -> None:
            made.append(user)
            if user == "a":
                raise RuntimeError("broken")

        foresight = Foresight(Pressure(Serving()), make)
        foresight.expect(["a", "b"])
        await _until(lambda: "broken" in caplog.text)
        await asyncio.sleep(0.02)
        assert made == ["a"]
        foresight.expect(["c"])
        await _until(lambda: made == ["a", "c"])

    _within(story)


def test_who_asks_goes_first() -> None:
    """Given requests without a pause, nothing is made ahead; when they end, it is. Who is expected later takes the
    place of those before, and after the end nobody is expected."""

    async def story() -> None:
        made: list[str] = []

        async def make(user: str) -> None:
            made.append(user)

        pressure = Pressure(Serving())
        foresight = Foresight(pressure, make)
        foresight.expect(["a", "b"])
        for _ in range(100):
            await pressure.turn()
            await asyncio.sleep(0.0002)
        assert not made
        foresight.expect(["c", "d"])
        await _until(lambda: len(made) == 2)
        assert made == ["c", "d"]
        foresight.expect(["e"])
        foresight.stop()
        await asyncio.sleep(0.02)
        assert made == ["c", "d"]

    _within(story)


def _opened(home: Path, ahead: int, story: Callable[[Engine], Awaitable[None]]) -> None:
    """A shop that three users have visited is closed, and opened anew."""
    settings = Settings(serving=Serving(ahead=ahead))

    async def run() -> None:
        first = Engine(open_parts(home, settings), settings)
        await first.start()
        await first.send_items([{"id": f"p{no}", "title": f"Item {no}", "price": 1.0} for no in range(9)])
        for user in ("u1", "u2", "u3"):
            await first.send_events([{"user": user, "kind": "view", "item": "p1", "session": f"visit of {user}"}])
        await first.stop(2.0)
        again = Engine(open_parts(home, settings), settings)
        await again.start()
        try:
            await story(again)
        finally:
            await again.stop(2.0)

    _within(run)


def _remembered(engine: Engine) -> set[str | None]:
    return {user for user, _ in engine.memory._shoppers}


def test_after_a_start_the_users_seen_last_are_remembered_in_any_visit(tmp_path: Path) -> None:
    """Given time for one of three users, when they come in a new visit, then what is known of them is there, and one
    who was seen before them is met anew. What was made ahead was not answered."""

    async def story(engine: Engine) -> None:
        kept = engine.memory
        await _until(lambda: "u3" in _remembered(engine))
        await asyncio.sleep(0.02)
        assert not engine.counts.picked
        for user, found in (("u3", True), ("u2", False)):
            hits = kept.shopper_hits
            await engine.answer(Query(user=user, session="a new visit"))
            assert (kept.shopper_hits > hits) == found

    _opened(tmp_path, 1, story)


def test_nobody_is_expected_where_that_is_not_wanted(tmp_path: Path) -> None:
    """Given `serving.ahead` of 0, when a shop is opened, then nobody is remembered but whom the warm-up asked about."""

    async def story(engine: Engine) -> None:
        await asyncio.sleep(0.05)
        assert _remembered(engine) == {None, "u1"}

    _opened(tmp_path, 0, story)


def test_nobody_is_driven_out_by_whom_nobody_has_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given room for two, when two are remembered, then a third is not taken, and those two are."""
    monkeypatch.setattr(memory, "SHOPPERS", 2)
    kept = memory.Memory()
    for who in ("a", "b"):
        assert kept.takes(who, "old")
        kept.shopper(who, 1, memory.Version(0, "old"))
    assert [kept.takes(who, "old") for who in ("a", "b", "c")] == [True, True, False]
    assert kept.takes("c", "new"), "what is remembered by another model is of no use any more"
