"""What is made ahead on another thread: the slate is the same, made once for all who ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lingxi.app.worker import Worker
from lingxi.backends.log.sqlite import open_log
from lingxi.domain.change import Proposal
from lingxi.domain.errors import Unknown
from lingxi.domain.event import Event
from lingxi.domain.history import History
from lingxi.domain.item import Item
from lingxi.domain.slate import Query
from lingxi.nearest.allowed import Allowed
from lingxi.nearest.items import Items
from lingxi.recommend.memory import Memory
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.state.follow import catch_up
from lingxi.state.state import State

NOW = 1_700_000_000_000_000
ITEMS = 12
ASKED = Query(user="u1", n=5)


class Encoder:
    """Prefers items by their number, and notes on which thread it was asked."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        numbers = np.arange(ITEMS)
        self.near = Items(numbers[:, None].astype(np.float32), np.zeros(ITEMS, np.float32), numbers)
        self.learnt, self.seen, self.told = ITEMS, -1, np.zeros(0, np.uint64)

    def encode(self, history: History, now: int) -> np.ndarray:  # noqa: ARG002
        self.threads.append(threading.current_thread().name)
        return np.ones(1, np.float32)

    def without(self, *asked: Any) -> tuple[np.ndarray, ...]:  # noqa: ARG002
        self.threads.append(threading.current_thread().name)
        return np.empty(0, np.int32), np.empty(0, np.int64), np.ones((1, 1), np.float32)

    def products(self, vectors: np.ndarray, items: np.ndarray) -> np.ndarray:
        return vectors @ items[None, :].astype(np.float32)

    def top(self, vector: np.ndarray, n: int, allowed: Allowed) -> tuple[np.ndarray, np.ndarray]:
        return self.near.top(vector, n, allowed)

    def score_vector(self, vector: np.ndarray, items: np.ndarray) -> np.ndarray:
        return self.near.scores(vector, items)


@dataclass
class Bundle:
    """A live bundle with nothing but an encoder."""

    encoder: Encoder = field(default_factory=Encoder)
    id: str = "b"
    statistics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def runtimes(self) -> Mapping[str, Any]:
        return {"sequence": self.encoder}


@pytest.fixture
def state(tmp_path: Path) -> State:
    """Twelve items, and one shopper who bought some."""
    log, state = open_log(tmp_path), State.empty()
    log.append([Proposal(Item(id=f"p{no}"), NOW) for no in range(ITEMS)])
    bought = [Event(id=f"e{no}", kind="purchase", user="u1", item=f"p{no}", at=NOW - 10**12 + no) for no in range(4)]
    log.append([Proposal(each, NOW) for each in bought])
    for _ in catch_up(state, log):
        pass
    log.close()
    return state


def _run(task: Coroutine[Any, Any, None]) -> None:
    """On a thread of its own: a browser test of the same process may have left a loop on this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, task).result()


def test_all_who_ask_meanwhile_share_one_encoding(state: State) -> None:
    """Given a shopper who acted, when five requests come at once, then another thread encodes once and the slate is the
    one that would have been made without it."""
    bundle = Bundle()
    scene = Scene(state, bundle, NOW, memory=Memory())

    async def five() -> None:
        worker = Worker(short=0.0)
        await asyncio.gather(*(worker.of(ASKED, scene) for _ in range(5)))
        await worker.of(ASKED, scene)
        worker.stop()

    _run(five())
    ahead, _ = recommend(ASKED, scene, "r")

    assert (len(bundle.encoder.threads), scene.memory.encodes) == (2, 1)
    assert all(each.startswith("ahead") for each in bundle.encoder.threads)
    assert ahead == recommend(ASKED, Scene(state, bundle, NOW, memory=Memory()), "r")[0]


def test_who_waits_too_long_goes_without_and_the_next_has_it(state: State) -> None:
    """Given a thread that is busy with something else, one whose patience ends is told so; what it asked for is made
    all the same, once, and is there for who asks next."""
    bundle, busy = Bundle(), threading.Event()
    scene = Scene(state, bundle, NOW, memory=Memory())

    async def impatient() -> None:
        worker = Worker(short=0.0)
        worker._pool.submit(busy.wait)
        with pytest.raises(TimeoutError):
            await worker.of(ASKED, scene, 0.001)
        assert worker.waiting == 1
        busy.set()
        await worker.of(ASKED, scene)
        assert worker.waiting == 0
        worker.stop()

    _run(impatient())
    assert scene.memory.encodes == 1


def test_who_gives_up_takes_nothing_from_the_others(state: State) -> None:
    """Given two who wait for one encoding, when one of them goes away, then the other still gets it."""
    bundle = Bundle()
    scene = Scene(state, bundle, NOW, memory=Memory())

    async def two() -> None:
        worker = Worker(short=0.0)
        first = asyncio.create_task(worker.of(ASKED, scene))
        second = asyncio.create_task(worker.of(ASKED, scene))
        await asyncio.sleep(0)
        first.cancel()
        await second
        worker.stop()

    _run(two())
    recommend(ASKED, scene, "r")

    assert len(bundle.encoder.threads) == 2


def test_what_fails_ahead_is_made_by_the_slate(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given an encoder that fails on the other thread, when the slate is made, then it is made all the same."""
    bundle = Bundle()
    scene = Scene(state, bundle, NOW, memory=Memory())
    whole = bundle.encoder.encode

    def fails(history: History, now: int) -> np.ndarray:
        if threading.current_thread().name.startswith("ahead"):
            raise MemoryError
        return whole(history, now)

    monkeypatch.setattr(bundle.encoder, "encode", fails)

    async def one() -> None:
        worker = Worker(short=0.0)
        await worker.of(ASKED, scene)
        worker.stop()

    _run(one())

    assert recommend(ASKED, scene, "r")[0].picks


def test_what_is_short_is_made_at_once(state: State) -> None:
    """Given an encoder that takes no time, when a shopper asks, then no other thread is asked; given one that takes
    long, then after a while another thread is."""
    bundle = Bundle()
    scene = Scene(state, bundle, NOW, memory=Memory())

    async def one() -> None:
        worker = Worker()
        assert await worker.of(ASKED, scene) is not None
        assert not any(each.startswith("ahead") for each in bundle.encoder.threads)
        worker._took = 1.0
        fresh = Scene(state, bundle, NOW, memory=Memory())
        assert await worker.of(ASKED, fresh) is None
        worker.stop()

    _run(one())
    assert bundle.encoder.threads[-1].startswith("ahead")


def test_an_unknown_surface_is_told_before_anything_is_made(state: State) -> None:
    """Given a surface that does not exist, when it is prepared, then the error names those that do."""
    with pytest.raises(Unknown, match="surface"):
        _run(Worker().of(Query(surface="homr"), Scene(state, Bundle(), NOW)))
