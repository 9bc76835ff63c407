"""A server's life: opening, keys, another process beside it, trouble with the disk, and an orderly end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from serving import Serving

ANYWHERE = "0.0.0.0"  # noqa: S104 (what is tested is that it is refused without a key)
FEW_FILES = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
os.execv(sys.argv[1], sys.argv[1:])
"""
VIEW = {"user": "u", "kind": "view", "item": "sku-1"}


def lingxi(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINGXI_")}
    return subprocess.run(
        [sys.executable, "-m", "lingxi.cli", *arguments], capture_output=True, text=True, env=clean, check=False
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def database(home: Path) -> Path:
    return home / "shops" / "default" / "log.db"


def test_an_acknowledged_event_survives_sigkill_and_is_known_after_the_restart(home: Path) -> None:
    with Serving(home) as server:
        server.ready()
        server.http.post("/v1/items", json=[{"id": f"sku-{n}"} for n in range(9)])
        first = server.http.post("/v1/events", json={**VIEW, "id": "e1", "at": 1_700_000_000_000_000}).json()["events"]
        server.end(signal.SIGKILL)
    with Serving(home) as server:
        server.ready()
        again = server.http.post("/v1/events", json={**VIEW, "id": "e1", "at": 1_700_000_000_000_000}).json()["events"]
        assert again[0]["status"] == "duplicate"
        assert again[0]["seq"] == first[0]["seq"]
        assert server.http.get("/v1/recommend/home?user=u").json()["seq"] >= first[0]["seq"]


def test_sigterm_answers_what_is_open_and_leaves_with_zero_and_a_checkpoint(home: Path) -> None:
    with Serving(home) as server:
        server.ready()
        answers: list[int] = []
        go_on = threading.Event()
        batch = json.dumps([{**VIEW, "user": f"u{n}"} for n in range(1_000)]).encode()

        def in_two_parts() -> Iterator[bytes]:
            yield batch[:100]
            go_on.wait(30)
            yield batch[100:]

        def send() -> None:
            answers.append(httpx.post(f"{server.url}/v1/events", content=in_two_parts(), timeout=30).status_code)

        sending = threading.Thread(target=send)
        sending.start()
        server.until(lambda: "lingxi_open_requests 2.0" in server.http.get("/metrics").text)
        server.process.send_signal(signal.SIGTERM)
        server.until(lambda: server.http.get("/health/ready").status_code == httpx.codes.SERVICE_UNAVAILABLE)
        go_on.set()
        sending.join()
        assert answers == [200]
        assert server.end() == 0
    with sqlite3.connect(database(home)) as log:
        stored = log.execute("SELECT count(*) FROM changes").fetchone()[0]
    assert stored == 1_000
    assert list((home / "shops" / "default" / "checkpoints").iterdir())


def test_shoppers_who_keep_their_connections_open_keep_nobody_out(home: Path) -> None:
    with Serving(home) as server, contextlib.ExitStack() as open_ones:
        server.ready()
        at = httpx.URL(server.url)
        for _ in range(600):
            open_ones.enter_context(socket.create_connection((at.host, at.port or 0), timeout=5))
        assert httpx.get(f"{server.url}/v1/recommend/home?session=s", timeout=5).status_code == httpx.codes.OK


def test_a_process_that_may_open_few_files_takes_fewer_connections_and_says_so(home: Path) -> None:
    few = [sys.executable, "-c", FEW_FILES]
    with Serving(home, within=few) as server:
        server.ready()
        assert "at most 44 connections, not 10000: raise `ulimit -n`" in server.errors()


def test_without_a_key_only_loopback_is_served_and_it_says_so(home: Path) -> None:
    refused = lingxi("serve", "--home", str(home), "--host", ANYWHERE, "--port", "0")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "without a key" in refused.stderr
    assert "lingxi key create" in refused.stderr


def test_a_key_opens_its_own_shop_until_it_is_revoked(home: Path) -> None:
    north = lingxi("key", "create", "north", "--shop", "north", "--home", str(home)).stdout.strip()
    south = lingxi("key", "create", "south", "--shop", "south", "--home", str(home)).stdout.strip()
    with Serving(home, "--host", ANYWHERE, key=north) as server:
        server.ready()
        server.http.post("/v1/items", json={"id": "only-north"})
        assert server.http.get("/v1/items/only-north").status_code == httpx.codes.OK
        other = {"x-lingxi-key": "", "authorization": f"Bearer {south}"}
        assert server.http.get("/v1/items/only-north", headers=other).status_code == httpx.codes.NOT_FOUND
        for wrong in ({"x-lingxi-key": ""}, {"x-lingxi-key": "lx_wrong"}):
            answer = server.http.get("/v1/shop", headers=wrong)
            assert answer.status_code == httpx.codes.UNAUTHORIZED
            assert answer.headers["content-type"] == "application/problem+json"

        key = lingxi("key", "list", "--home", str(home)).stdout.splitlines()[1].split()[0]
        assert lingxi("key", "revoke", key, "--home", str(home)).returncode == 0
        server.until(lambda: server.http.get("/v1/shop").status_code == httpx.codes.UNAUTHORIZED)


def test_what_another_process_appends_reaches_the_state(home: Path) -> None:
    from lingxi.backends.log.sqlite import open_log
    from lingxi.domain.change import Proposal
    from lingxi.domain.item import Item

    with Serving(home) as server:
        server.ready()
        log = open_log(home / "shops" / "default")
        log.append([Proposal(Item(id="from-elsewhere", title="Elsewhere"), 1_700_000_000_000_000)])
        server.until(lambda: server.http.get("/v1/items/from-elsewhere").status_code == httpx.codes.OK)
        got = server.http.post("/v1/events", json=VIEW).json()["events"]
        assert got[0]["seq"] == 2
        log.close()


def test_a_locked_database_stores_nothing_says_so_and_recovers(home: Path) -> None:
    with Serving(home) as server:
        server.ready()
        server.http.post("/v1/events", json=VIEW)
        other = sqlite3.connect(database(home), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        told = server.http.get("/health/ready")
        assert told.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert told.json()["shops"]["default"]["why"]
        answer = server.http.post("/v1/events", json=VIEW)
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "locked" in answer.json()["detail"]
        assert server.http.get("/v1/recommend/home").status_code == httpx.codes.OK
        other.execute("ROLLBACK")
        other.close()
        server.ready()
        assert server.http.post("/v1/events", json=VIEW).json()["events"][0]["seq"] == 2


def test_a_newer_database_ends_the_server_with_one_line(home: Path) -> None:
    assert lingxi("init", "--home", str(home)).returncode == 0
    with sqlite3.connect(database(home)) as log:
        log.execute("UPDATE schema_version SET version = 999")
    ended = lingxi("serve", "--home", str(home), "--port", "0")
    assert ended.returncode == 1
    assert [line for line in ended.stderr.splitlines() if "999" in line]
    assert "Traceback" not in ended.stderr


def test_an_address_in_use_is_told_in_one_line(home: Path) -> None:
    with Serving(home) as server:
        port = server.url.rpartition(":")[2]
        second = lingxi("serve", "--home", str(home.parent / "other"), "--port", port)
        assert second.returncode == 3
        assert port in second.stderr
        assert "Traceback" not in second.stderr


def test_settings_from_the_environment_are_checked(home: Path) -> None:
    with Serving(home, LINGXI_SERVER_RECORDS="2") as server:
        server.ready()
        answer = server.http.post("/v1/events", json=[VIEW] * 3)
        assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
