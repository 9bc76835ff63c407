"""What every store of shared shoppers must do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from lingxi import registry
from lingxi.ports.shoppers import Found, Held, Shoppers
from real_valkey import Door, RealValkey, door, valkey

__all__ = ["door", "valkey"]

Told = Callable[[Callable[[Shoppers, Shoppers], Awaitable[None]]], None]


@pytest.fixture(params=registry.names("backends/shoppers"))
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Runs a story of one shop's store, opened twice."""
    url = "memory://"
    if request.param == "valkeys":
        entrance: Door = request.getfixturevalue("door")
        url = entrance.url
        monkeypatch.setenv("SSL_CERT_FILE", str(entrance.trusted))
    elif request.param != "memory":
        server: RealValkey = request.getfixturevalue("valkey")
        url = server.url
    open_ = registry.load("backends/shoppers", request.param, "open_shoppers")

    def tell(story: Callable[[Shoppers, Shoppers], Awaitable[None]]) -> None:
        async def run() -> None:
            name = uuid4().hex
            one, other = open_(url, name), open_(url, name)
            await story(one, other)
            await one.close()
            await other.close()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, run()).result()

    return tell


def row(seq: int, said: bytes = b"") -> bytes:
    """A row as the port has it."""
    return seq.to_bytes(8, "little") + said


def test_what_was_never_kept_is_nowhere(told: Told) -> None:
    async def story(one: Shoppers, other: Shoppers) -> None:
        assert await one.read({"ann": 0}) == Found(Held(-1, -1), {})

    told(story)


def test_what_one_applies_the_other_reads_if_it_is_news_to_it(told: Told) -> None:
    async def story(one: Shoppers, other: Shoppers) -> None:
        assert await one.apply(-1, 10, {}, anew=True) == Held(10, 10)
        many = {f"u{no}": row(11 + no, bytes([0, 255, no])) for no in range(100)}
        assert await one.apply(10, 120, {"ann": row(2**40), **many}) == Held(10, 120)
        found = await other.read({"ann": 2**40 - 1, "u3": 14, "u4": 14, "u5": 17, "nobody": 0})
        assert found == Found(Held(10, 120), {"ann": row(2**40), "u4": many["u4"]})

    told(story)


def test_a_run_that_does_not_begin_at_the_cursor_is_refused_whole(told: Told) -> None:
    async def story(one: Shoppers, other: Shoppers) -> None:
        await one.apply(-1, 10, {}, anew=True)
        await one.apply(10, 12, {"ann": row(12, b"first")})
        # another follower with the same run, one that is behind, and one that is ahead
        for begins, ends in ((10, 12), (9, 11), (13, 14)):
            assert await other.apply(begins, ends, {"ann": row(99, b"twice"), "bob": row(99)}) == Held(10, 12)
        assert await other.apply(-1, 50, {}, anew=True) == Held(10, 12)
        assert (await other.read({"ann": 0, "bob": 0})).rows == {"ann": row(12, b"first")}

    told(story)


def test_of_many_who_offer_one_run_at_once_one_is_taken(told: Told) -> None:
    async def story(one: Shoppers, other: Shoppers) -> None:
        await one.apply(-1, 0, {}, anew=True)
        offers = [each.apply(0, 1 + no, {"ann": row(no)}) for no in range(20) for each in (one, other)]
        found = await asyncio.gather(*offers)
        assert len(set(found)) == 1
        assert (await one.read({"ann": -1})).rows == {"ann": row(found[0].cursor - 1)}

    told(story)


def test_a_shopper_of_whom_nothing_is_known_any_more_has_no_row(told: Told) -> None:
    async def story(one: Shoppers, other: Shoppers) -> None:
        await one.apply(-1, 0, {}, anew=True)
        await one.apply(0, 1, {"ann": row(1), "bob": row(1)})
        await one.apply(1, 2, {}, {"ann": 2, "nobody": 2})
        assert (await other.read({"ann": 0, "bob": 0})).rows == {"bob": row(1)}

    told(story)


def test_who_is_gone_is_let_go_by_one_who_comes_too_late_but_not_who_came_back(told: Told) -> None:
    async def story(one: Shoppers, other: Shoppers) -> None:
        await one.apply(-1, 0, {}, anew=True)
        await one.apply(0, 3, {"ann": row(1), "bob": row(3)})
        # the change that forgets both, offered by one who never knew their names, and then by one who did
        await other.apply(3, 4, {})
        await other.apply(4, 5, {"bob": row(5, b"again")})
        assert await one.apply(3, 4, {"eve": row(4)}, {"ann": 4, "bob": 4}) == Held(0, 5)
        assert (await one.read({"ann": 0, "bob": 0, "eve": 0})).rows == {"bob": row(5, b"again")}

    told(story)


def test_begun_anew_it_says_from_where_on_it_knows_all(told: Told) -> None:
    async def story(one: Shoppers, other: Shoppers) -> None:
        await one.apply(-1, 10, {}, anew=True)
        await one.apply(10, 20, {"ann": row(15)})
        assert await one.apply(20, 90, {}, anew=True) == Held(90, 90)
        assert await one.apply(90, 91, {}) == Held(90, 91)

    told(story)
