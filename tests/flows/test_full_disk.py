"""A disk that fills up under a running server: nothing acknowledged is lost, it says so, and it recovers by itself."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from serving import Serving

MOUNT = 'mount -t tmpfs -o size=32m none "$0" && exec "$@"'
OWN_MOUNTS = ["unshare", "--mount", "--map-root-user"]
BATCH = 500
MOST_BATCHES = 200


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where a small disk can be mounted, for one process alone."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("unshare") is None:
        pytest.skip("no `unshare` here: a disk of its own cannot be mounted")
    tried = subprocess.run([*OWN_MOUNTS, "sh", "-c", MOUNT, str(folder), "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"a disk of its own cannot be mounted: {tried.stderr.decode().strip()}")
    return folder


@pytest.fixture
def server(disk: Path) -> Iterator[Serving]:
    """A server whose home lies on that disk."""
    with Serving(disk / "home", within=[*OWN_MOUNTS, "sh", "-c", MOUNT, str(disk)]) as server:
        yield server.ready()


def seen(server: Serving, path: Path) -> Path:
    """A path as the server sees it."""
    return Path(f"/proc/{server.process.pid}/root") / path.relative_to("/")


def fill(file: Path) -> None:
    """Writes until nothing more fits."""
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        grow(file)


def grow(file: Path) -> None:
    """Writes without end."""
    with file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(1 << 16))


def send(server: Serving, number: int) -> httpx.Response:
    events = [
        {"id": f"{number}-{no}", "user": f"u{number * BATCH + no}", "kind": "view", "item": f"sku-{no % 9}"}
        for no in range(BATCH)
    ]
    return server.http.post("/v1/events", json=events)


def test_a_full_disk_refuses_says_so_and_recovers(server: Serving, disk: Path) -> None:
    server.http.post("/v1/items", json=[{"id": f"sku-{n}"} for n in range(9)])
    assert send(server, 0).status_code == httpx.codes.OK
    filler = seen(server, disk / "filler")
    fill(filler)

    # Room that the log has already may take some more; then it refuses.
    answers = (send(server, number) for number in range(1, MOST_BATCHES))
    stored = [0, *numbers_stored(answers)]
    refused = send(server, MOST_BATCHES)
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "disk is full" in refused.json()["detail"]
    assert refused.json()["remedy"]
    assert refused.headers["retry-after"]
    ready = server.http.get("/health/ready")
    assert ready.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert ready.json()["shops"]["default"]["why"]
    assert server.http.get("/v1/recommend/home?user=u1").status_code == httpx.codes.OK

    filler.unlink()
    server.ready()
    again = [send(server, number).json()["events"] for number in stored]
    assert {each["status"] for batch in again for each in batch} == {"duplicate"}
    last = send(server, MOST_BATCHES).json()["events"]
    assert {each["status"] for each in last} == {"accepted"}
    assert last[-1]["seq"] == 9 + BATCH * (len(stored) + 1)
    assert server.end() == 0


def numbers_stored(answers: Iterator[httpx.Response]) -> Iterator[int]:
    """The numbers, from 1, of what was acknowledged before the first refusal."""
    for number, answer in enumerate(answers, start=1):
        if answer.status_code != httpx.codes.OK:
            return
        assert {each["status"] for each in answer.json()["events"]} == {"accepted"}
        yield number
    pytest.fail("the disk is full and everything was stored")
