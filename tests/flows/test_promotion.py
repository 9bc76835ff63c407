"""Models that change while shoppers ask two processes: no request is dropped, every answer comes from one model; and a
process that is killed is started again, with all that was acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest
from serving import Serving

from learning_shop import DAY, START, fill
from lingxi.app.told import identity
from lingxi.backends.bundles.folder import open_bundles
from lingxi.backends.log.sqlite import open_log
from lingxi.backends.shoppers.valkey import open_shoppers
from lingxi.config import Cleaning
from lingxi.domain.event import Event
from lingxi.workflows.learn import learn
from lingxi.workflows.workshop import Options, Workshop
from real_valkey import RealValkey, shared_as_the_log_says, valkey

__all__ = ["valkey"]

DAYS = 40
ROUNDS = 5
PAUSE = 0.2


@dataclass(frozen=True)
class Bar:
    """The gate's defaults."""

    lower: float = -0.002
    estimate: float = 0.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose shop has two models."""
    home = tmp_path_factory.mktemp("promotion") / "home"
    folder = home / "shops" / "default"
    log = open_log(folder)
    fill(log, DAYS)
    for model in ("popular", "own_decayed"):
        now = START + DAYS * DAY + len(open_bundles(folder, "default").all()) * DAY
        shop = Workshop("default", log, log, open_bundles(folder, "default"), folder, now, None, Bar())
        learn(shop, Options(model=model, minutes=1.0, threads=1, holdout_days=7.0), lambda *_, **__: None)
    log.close()
    return home


@dataclass
class Load:
    """Shoppers who ask and act without pause until told to stop; counts what they were answered."""

    url: str
    stop: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[int] = field(default_factory=Counter)
    models: Counter[str | None] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def shop(self, number: int) -> None:
        """One of them."""
        with httpx.Client(base_url=self.url, timeout=30) as http:
            turn = 0
            while not self.stop.is_set():
                turn += 1
                user = f"u{(number * 17 + turn) % 60}"
                try:
                    slate = http.get("/v1/recommend/home", params={"user": user, "n": 5})
                    act = http.post("/v1/events", json={"user": user, "kind": "view", "item": f"i{turn % 20}"})
                except httpx.HTTPError as error:
                    self.errors.append(repr(error))
                    return
                self.statuses.update([slate.status_code, act.status_code])
                self.models[slate.json().get("model")] += 1


def promote(server: Serving, model: str) -> None:
    """Makes a model live; the next slate is its."""
    told = server.http.post(f"/v1/models/{model}/promote", json={"force": True, "why": "a test"})
    assert told.json() == {"live": model}
    assert server.http.get("/v1/recommend/home").json()["model"] == model


def serving(server: Serving) -> list[psutil.Process]:
    """The processes that answer, by age."""
    found = []
    for each in psutil.Process(server.process.pid).children():
        with contextlib.suppress(psutil.Error):  # it has just ended
            found += [each] if "--multiprocessing-fork" in each.cmdline() else []
    return found


def alone(server: Serving) -> httpx.Client:
    """A connection of its own: to any of the processes."""
    return httpx.Client(base_url=server.url, timeout=30)


@pytest.fixture(scope="module")
def server(home: Path, valkey: RealValkey) -> Iterator[Serving]:
    """Two processes of the shop, which share on Valkey what they know of shoppers."""
    with Serving(home, "--processes", "2", LINGXI_STATE_SHOPPERS=valkey.url) as server:
        yield server.ready()


def test_promotions_and_rollbacks_under_load_drop_no_request(server: Serving) -> None:
    first, second = (each["id"] for each in server.http.get("/v1/models").json()["models"])
    load = Load(server.url)
    shoppers = [threading.Thread(target=load.shop, args=(number,)) for number in range(4)]
    for each in shoppers:
        each.start()
    promote(server, first)
    for _ in range(ROUNDS):
        promote(server, second)
        time.sleep(PAUSE)
        assert server.http.post("/v1/models/rollback", json={"why": "a test"}).json() == {"live": first}
        assert server.http.get("/v1/recommend/home").json()["model"] == first
        time.sleep(PAUSE)
    load.stop.set()
    for each in shoppers:
        each.join()
    assert load.errors == []
    assert set(load.statuses) == {httpx.codes.OK}
    assert {first, second} <= set(load.models)


def act(server: Serving, number: int) -> int | None:
    """Sends an event on a connection of its own; its `seq`, or None where the process was killed in between."""
    sent = {"id": f"kept-{number}", "user": f"u{number % 9}", "kind": "view", "item": f"i{number % 20}"}
    with contextlib.suppress(httpx.HTTPError), alone(server) as http:
        seq: int = http.post("/v1/events", json=sent).json()["events"][0]["seq"]
        return seq
    return None


def test_a_process_killed_amid_events_loses_none_counts_none_twice_and_is_started_again(
    server: Serving, home: Path, valkey: RealValkey
) -> None:
    model = server.http.get("/v1/recommend/home").json()["model"]
    killed = serving(server)[0]
    # when: one of two is killed while both take in events
    with ThreadPoolExecutor(4) as senders:
        sending = [senders.submit(act, server, number) for number in range(120)]
        while sum(each.done() for each in sending) < 40:
            time.sleep(0)
        os.kill(killed.pid, signal.SIGKILL)
    kept = {f"kept-{number}": each.result() for number, each in enumerate(sending)}
    server.until(lambda: len(now := serving(server)) == 2 and killed not in now)
    # then: whoever answers knows what either acknowledged
    last = max(seq for seq in kept.values() if seq is not None)
    for _ in range(8):
        with alone(server) as http:
            slate = http.get("/v1/recommend/home", params={"user": "u1", "after": last}).json()
            assert slate["seq"] >= last
            assert slate["model"] == model
    assert server.end() == 0
    # and: each is in the log once, under the seq that was told; and on Valkey as the log says
    log = open_log(home / "shops" / "default", Cleaning().leave_out)
    stored = {change.entry.id: change.seq for change in log.changes(0, 1_000_000) if isinstance(change.entry, Event)}
    assert [name for name, seq in kept.items() if seq is not None and stored.get(name) != seq] == []
    assert list(kept.values()).count(None) < 60
    asyncio.run(shared_as_the_log_says(log, open_shoppers(valkey.url, identity(home / "shops" / "default"))))
    log.close()
