"""The README's lines, run as they stand: from the bare file of a data set to a home page, with no more than a yes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from lingxi.backends.log.sqlite import open_log

ROOT = Path(__file__).resolve().parents[2]
PAGES = (("README.md", "Your own data"), ("README.zh-CN.md", "使用自己的数据"))
MINUTES = "0.2"
"""What the training may take: a test cares that it ends in a page, not for how good its picks are."""
PATIENCE = 120
LINES = 525_461
CANCELLED = 10_206
RETAIL = "online-retail/online_retail_ii_2009_2010.parquet"
SESSIONS = {"yoochoose_clicks_100k": {"LINGXI_TRAIN_HOLDOUT_DAYS": "2"}, "retailrocket_sample": {}}
"""With what beside the README's lines: the first is a week long, and is judged on two days of it."""


def lines(page: str, heading: str) -> list[str]:
    """The commands of the section's block."""
    section = (ROOT / page).read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    block = section.partition("```sh\n")[2].partition("```")[0]
    return [line.partition("  #")[0].strip() for line in block.splitlines()]


def found(name: str) -> Path:
    """A file of BENCH_DATA; the test is skipped without it."""
    folder = os.environ.get("BENCH_DATA")
    if not folder or not (Path(folder) / name).exists():
        pytest.skip(f"set BENCH_DATA to a folder that holds {name}")
    return Path(folder) / name


def shell(folder: Path, data: Path) -> dict[str, str]:
    """The variables of a reader's shell: `lingxi` on the path, the data's place, and little time to train."""
    (folder / "bin").mkdir()
    command = folder / "bin" / "lingxi"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lingxi.cli "$@"\n')
    command.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINGXI_")}
    given = {"LINGXI_TRAIN_MINUTES": MINUTES, "LINGXI_SERVER_PORT": "0", "DATA": str(data)}
    given["PYTHONPATH"] = str(ROOT / "src")
    return {**clean, **given, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


def run(folder: Path, script: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs lines in one shell, with a yes for each question."""
    return subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=env,
        input="y\n" * 9,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def served(folder: Path, script: list[str], env: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of the shop that lines serve, once it is open."""
    command = ["bash", "-c", "\n".join(script)]
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as shop:
        try:
            assert shop.stdout is not None
            address = re.search(r"http://\S+:\d+", shop.stdout.readline())
            assert address is not None
            with httpx.Client(base_url=address.group(), timeout=30) as client:
                until = time.monotonic() + PATIENCE
                while client.get("/health/ready").status_code != httpx.codes.OK:
                    assert time.monotonic() < until
                    assert shop.poll() is None
                yield client
        finally:
            os.killpg(shop.pid, signal.SIGTERM)


def test_both_readmes_give_the_same_commands() -> None:
    english, chinese = (lines(*page) for page in PAGES)
    assert english == chinese
    assert [line.split()[1] for line in english if line.startswith("lingxi ")] == [
        "import",
        "inspect",
        "train",
        "serve",
    ]


def through(folder: Path, data: Path, **variables: str) -> tuple[dict[str, Any], list[str], dict[str, str]]:
    """Runs the tutorial up to `serve`; the receipt of the import, the lines that serve, the variables."""
    script = [line for line in lines(*PAGES[0]) if not line.startswith("DATA=")]
    env = shell(folder, data) | variables
    home = [line for line in script if line.startswith("export ")]
    training, serving = ([*home, line] for line in script if line.startswith(("lingxi train", "lingxi serve")))
    done = run(
        folder,
        ["set -e", *(line for line in script if line.startswith(("export", "lingxi import", "lingxi ins")))],
        env,
    )
    assert done.returncode == 0, done.stderr
    assert "Read them like this?" in done.stdout
    learnt = run(folder, training, env)
    # Little training may lose against none: then the gate says so and the shop is served without it.
    assert learnt.returncode == 0 or "gate" in learnt.stderr, learnt.stderr
    receipt = json.loads((folder / "giftshop/shops/default/import.json").read_bytes())
    for sort in ("items", "users", "events"):
        assert receipt[sort]["read"] == sum(receipt[sort]["statuses"].values())
    return receipt, serving, env


@pytest.mark.timeout(900)
def test_online_retail_goes_from_the_bare_file_to_a_home_page(tmp_path: Path) -> None:
    receipt, serving, env = through(tmp_path, found(RETAIL))
    assert receipt["events"]["read"] == LINES
    assert "conflict" not in receipt["events"]["statuses"]
    assert cancelled(tmp_path / "giftshop/shops/default") == CANCELLED
    assert (tmp_path / "giftshop.html").read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")
    with served(tmp_path, serving, env) as shop:
        assert "Lingxi" in shop.get("/").text
        shown = shop.get("/v1/recommend/home", params={"user": "13085", "n": 20}).json()["picks"]
        assert len({each["item"] for each in shown}) == 20
        titles = [shop.get(f"/v1/items/{each['item']}").json()["title"] for each in shown]
        assert all(titles)


def cancelled(folder: Path) -> int:
    """The lines of cancelled invoices that the log holds as refunds, or the quarantine as what it would not store."""
    log = open_log(folder)
    try:
        refunds = sum(1 for each in log.changes(0, 1 << 40) if is_cancelled(each.entry))
    finally:
        log.close()
    return refunds


def is_cancelled(entry: Any) -> bool:
    """Whether an event is a refund under an invoice that begins with C."""
    document = (getattr(entry, "context", None) or {}).get("document") or getattr(entry, "order", None) or ""
    return getattr(entry, "kind", "") == "refund" and document.startswith("C")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SESSIONS)
def test_samples_of_sessions_go_from_the_bare_file_to_a_home_page(tmp_path: Path, name: str) -> None:
    receipt, serving, env = through(tmp_path, found(f"sessions/{name}.timestamped.parquet"), **SESSIONS[name])
    assert {name for name, count in receipt["events"]["statuses"].items() if count} <= {"accepted", "marked"}
    with served(tmp_path, serving, env) as shop:
        assert "Lingxi" in shop.get("/").text
        shown = shop.get("/v1/recommend/home", params={"session": "new", "n": 20}).json()["picks"]
        assert len({each["item"] for each in shown}) == 20
