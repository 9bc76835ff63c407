"""A server answers in a process where importing torch, a model or a trainer raises."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lingxi import registry

SERVE = """
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

class NoTrainer(MetaPathFinder, Loader):
    # Looking whether torch is installed is allowed (polars does); importing it is not.
    def find_spec(self, name, path, target=None):
        trainers = ("lingxi.models", "lingxi.nn", "lingxi.rankers")
        if name.split(".")[0] in ("torch", "lightgbm") or name.startswith(trainers):
            return ModuleSpec(name, self)
        return None

    def create_module(self, spec):
        raise ImportError(f"{spec.name} is imported while serving")

    def exec_module(self, module):
        raise AssertionError

sys.meta_path.insert(0, NoTrainer())
from lingxi.cli import main
main(["serve", "--port", "0"])
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server on a free port that cannot import a trainer."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINGXI_")}
    server = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE],
        env={**environment, "LINGXI_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert "http://" in line, f"the server ended with {server.poll()}: {line}"
        yield line[line.index("http://") :].split()[0]
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


def test_events_go_in_and_slates_come_out(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        posted = client.post("/v1/items", json=[{"id": f"i{k}", "title": f"Item {k}", "price": 1.0} for k in range(9)])
        bought = client.post("/v1/events", json={"user": "u1", "kind": "purchase", "item": "i1", "quantity": 1})

        assert [each["status"] for each in posted.json()["items"]] == ["accepted"] * 9
        seq = bought.json()["events"][0]["seq"]
        for surface in registry.names("recommend/surfaces"):
            slate = client.get(f"/v1/recommend/{surface}", params={"user": "u1", "item": "i2", "n": 5}).json()
            assert slate["seq"] >= seq
            assert slate["picks"], surface
