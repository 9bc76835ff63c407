"""Models that change while shoppers ask two processes: no request is dropped, every answer comes from one model; and a
process that is killed is started again, with all that was acknowledged."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest
from serving import Serving

from learning_shop import DAY, START, fill
from lingxi.backends.bundles.folder import open_bundles
from lingxi.backends.log.sqlite import open_log
from lingxi.workflows.learn import Options, Workshop, learn

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


def test_promotions_and_rollbacks_under_load_drop_no_request(home: Path) -> None:
    with Serving(home, "--processes", "2") as server:
        server.ready()
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
        # and: what one process acknowledged the others know when they are asked for it, though one was killed meanwhile
        with alone(server) as http:
            told = http.post("/v1/events", json={"id": "kept", "user": "u1", "kind": "view", "item": "i3"}).json()
        seq = told["events"][0]["seq"]
        killed = serving(server)[0]
        os.kill(killed.pid, signal.SIGKILL)
        server.until(lambda: len(now := serving(server)) == 2 and killed not in now)
        for _ in range(8):
            with alone(server) as http:
                slate = http.get("/v1/recommend/home", params={"user": "u1", "after": seq}).json()
                assert slate["seq"] >= seq
                assert slate["model"] == first
        again = {"id": "kept", "user": "u1", "kind": "view", "item": "i3"}
        receipt = server.http.post("/v1/events", json=again).json()["events"][0]
        assert (receipt["status"], receipt["seq"]) == ("duplicate", seq)
        # and: what the killed process had counted is still counted
        counted = re.search(r'lingxi_slates_total\{surface="home"\} (\d+)', server.http.get("/metrics").text)
        assert counted
        assert int(counted.group(1)) >= sum(load.models.values())
        assert server.end() == 0
