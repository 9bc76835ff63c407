"""Nothing acknowledged is lost and nothing is doubled, whenever the server is killed.

`CRASH_ROUNDS=20 pytest tests/flows/test_crash.py` runs the long form.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from lingxi.backends.log.sqlite import open_log

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "3"))
SENDERS = 6


class Shop:
    """A server over a home, killed and started again; and what it acknowledged."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.acknowledged: dict[str, int] = {}
        self.items: dict[str, float] = {}
        self._sent = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Starts the server in a process group of its own and waits until it is ready."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "lingxi.cli", "serve", "--port", str(self.port)]
        environment = {**os.environ, "LINGXI_HOME": str(self.home)}
        self.server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
        ready = threading.Event()
        while not ready.is_set():
            assert self.server.poll() is None, "the server ended by itself"
            with contextlib.suppress(OSError):
                self.call("GET", "/health/ready")
                ready.set()
            ready.wait(0.05)

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def call(self, method: str, path: str, body: object = None) -> dict:
        """One request; raises OSError when there is no answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def load(self, stop: threading.Event, dice: random.Random) -> None:
        """Sends events, singly and in batches, and items, until it is stopped or nobody answers."""
        while not stop.is_set():
            with self._lock:
                self._sent += 1
                number = self._sent
            try:
                self._send(number, dice)
            except (OSError, ValueError):
                return

    def _send(self, number: int, dice: random.Random) -> None:
        if dice.random() < 0.1:
            name, price = f"item-{number}", float(number)
            self.call("POST", "/v1/items", {"id": name, "title": name, "price": price})
            self.items[name] = price
            return
        count = dice.choice([1, 1, 1, 50])
        events = [
            {"id": f"e-{number}-{k}", "kind": "view", "user": f"u{number % 9}", "item": "tea"} for k in range(count)
        ]
        for receipt in self.call("POST", "/v1/events", events)["events"]:
            self.acknowledged[receipt["id"]] = receipt["seq"]


def test_a_server_killed_under_load_loses_and_doubles_nothing(tmp_path):
    dice = random.Random(7)
    shop = Shop(tmp_path / "home")
    for _ in range(ROUNDS):
        # given: a server under load
        shop.start()
        stop = threading.Event()
        senders = [
            threading.Thread(target=shop.load, args=(stop, random.Random(dice.random()))) for _ in range(SENDERS)
        ]
        before = len(shop.acknowledged)
        for sender in senders:
            sender.start()
        # when: it is killed at some moment
        while len(shop.acknowledged) < before + 20 + dice.randrange(400):
            time.sleep(0)
        shop.kill()
        stop.set()
        for sender in senders:
            sender.join()
    # then: each acknowledged event is stored, once, under the seq that was told
    shop.start()
    with sqlite3.connect(tmp_path / "home" / "shops" / "default" / "log.db") as raw:
        stored = raw.execute("SELECT id, seq FROM changes WHERE type = 0").fetchall()
        head, count = raw.execute("SELECT max(seq), count(*) FROM changes").fetchone()
    by_id = dict(stored)
    assert [name for name, seq in shop.acknowledged.items() if by_id.get(name) != seq] == []
    assert len(stored) == len(by_id)
    assert head == count
    # and: acknowledged items are there, the state knows all of it, and an id sent again is a duplicate
    log = open_log(tmp_path / "home" / "shops" / "default")
    catalog = log.items(list(shop.items))
    log.close()
    assert {name: item.price for name, item in catalog.items()} == shop.items
    slate = shop.call("GET", "/v1/recommend/home?user=u1")
    assert slate["seq"] == head
    name = next(iter(shop.acknowledged))
    again = {"id": name, "kind": "view", "user": f"u{int(name.split('-')[1]) % 9}", "item": "tea"}
    assert shop.call("POST", "/v1/events", again)["events"][0]["status"] == "duplicate"
    shop.kill()
