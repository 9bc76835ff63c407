"""The write-ahead log is copied beside the writer."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from lingxi.backends import _wal
from lingxi.backends.log.sqlite import open_log
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event


def test_what_was_written_reaches_the_database_beside_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an event in the log, when a moment has passed, then the database holds it without its write-ahead log, and
    another event can be written all the same."""
    monkeypatch.setattr(_wal, "EVERY_SECONDS", 0.05)
    log = open_log(tmp_path)

    log.append([Proposal(Event(id="e1", kind="view", user="u", item="p", at=1), 1)])

    until = time.monotonic() + 20
    while _events(tmp_path) < 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert _events(tmp_path) == 1
    assert [each.seq for each in log.append([Proposal(Event(id="e2", kind="view", item="p", user="u", at=2), 2)])] == [
        2
    ]
    log.close()


def _events(folder: Path) -> int:
    """How many changes the database file alone holds."""
    alone = folder / "alone.db"
    shutil.copy(folder / "log.db", alone)
    with sqlite3.connect(alone) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM changes").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
