"""Slates take turns, and who waits long gets a cheaper answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from itertools import pairwise
from time import perf_counter
from typing import Any

import pytest

from lingxi.app.pressure import SLICE_SECONDS, Pressure
from lingxi.config import Serving
from lingxi.recommend.ladder import Rung


def within(story: Coroutine[Any, Any, None]) -> None:
    """Runs a story on a loop of its own."""
    asyncio.run(story)


@pytest.mark.parametrize(
    ("milliseconds", "rung"),
    [
        (0, Rung.WHOLE),
        (4, Rung.WHOLE),
        (6, Rung.UNNAMED),
        (19, Rung.UNNAMED),
        (21, Rung.UNSPREAD),
        (41, Rung.UNRANKED),
        (61, Rung.CACHED),
        (900, Rung.POPULAR),
    ],
)
def test_the_longer_it_waited_the_cheaper_the_answer(milliseconds: float, rung: Rung) -> None:
    assert Pressure(Serving(deadline_ms=100)).rung(milliseconds / 1000) == rung


def test_a_slate_under_way_hurries_only_where_others_wait() -> None:
    """Given a request of a moment ago and one of long ago, alone both may take all the time that they need; when
    another waits, the late one goes on as if it had waited so long for its turn."""

    async def story() -> None:
        pressure = Pressure(Serving(deadline_ms=100))
        now, late = perf_counter(), perf_counter() - 0.05
        assert (pressure.hurry(now), pressure.hurry(late)) == (Rung.WHOLE, Rung.WHOLE)
        pressure.took(SLICE_SECONDS)
        waiting = asyncio.create_task(pressure.turn())
        await asyncio.sleep(0)
        assert len(pressure) == 1
        assert (pressure.hurry(perf_counter()), pressure.hurry(late)) == (Rung.WHOLE, Rung.UNRANKED)
        await waiting

    within(story())


def test_a_slate_alone_does_not_wait() -> None:
    """Given nobody else, a request goes on in the same turn of the loop, and whole."""

    async def story() -> None:
        pressure, turns = Pressure(Serving()), []
        asyncio.get_running_loop().call_soon(turns.append, "next turn")
        assert await pressure.turn() == Rung.WHOLE
        assert turns == []

    within(story())


def test_slates_of_one_slice_are_made_and_then_the_loop_has_its_turn() -> None:
    """Given five that ask at once for slates of a slice each, between any two of them the loop does other things; they
    are answered in the order in which they came."""

    async def story() -> None:
        pressure, done = Pressure(Serving()), list[object]()
        pressure.cost = SLICE_SECONDS

        def other() -> None:
            done.append("other")
            if len(done) < 20:
                asyncio.get_running_loop().call_soon(other)

        async def ask(number: int) -> None:
            await pressure.turn()
            done.append(number)
            pressure.took(SLICE_SECONDS)

        asyncio.get_running_loop().call_soon(other)
        await asyncio.gather(*map(ask, range(5)))
        assert [each for each in done if each != "other"] == [0, 1, 2, 3, 4]
        places = [done.index(number) for number in range(5)]
        assert all("other" in done[a:b] for a, b in pairwise(places))

    within(story())


def test_who_would_wait_too_long_is_refused_before_anything_is_done() -> None:
    """Given slates of a tenth of a second and a deadline of two, three that wait are one too many; once they have
    gone, the next is let in."""

    async def story() -> None:
        pressure = Pressure(Serving(deadline_ms=200))
        pressure.cost = 0.1
        pressure.took(SLICE_SECONDS)
        pressure.cost = 0.1
        waiting = [asyncio.create_task(pressure.turn()) for _ in range(3)]
        await asyncio.sleep(0)
        assert len(pressure) == 3
        assert not pressure.room
        await asyncio.gather(*waiting)
        assert pressure.room
        assert len(pressure) == 0

    within(story())


def test_no_more_wait_than_the_setting_says() -> None:
    async def story() -> None:
        pressure = Pressure(Serving(waiting=1))
        pressure.took(SLICE_SECONDS)
        waiting = asyncio.create_task(pressure.turn())
        await asyncio.sleep(0)
        assert not pressure.room
        waiting.cancel()

    within(story())


def test_one_that_gave_up_takes_no_turn_from_the_others() -> None:
    async def story() -> None:
        pressure = Pressure(Serving())
        pressure.took(SLICE_SECONDS)
        first, second = (asyncio.create_task(pressure.turn()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == Rung.WHOLE

    within(story())


def test_one_slate_that_was_held_up_turns_nobody_away() -> None:
    """Given slates of a millisecond and one of a second, there is room for as many as before; given slates of a second,
    soon there is not."""
    pressure = Pressure(Serving(deadline_ms=100))
    for _ in range(100):
        pressure.took(0.001)

    pressure.took(1.0)
    assert pressure.cost < 0.0015
    for _ in range(20):
        pressure.took(1.0)
    assert pressure.cost > 0.2
