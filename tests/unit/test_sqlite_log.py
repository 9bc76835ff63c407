"""What SQLite's log does with other versions of itself, foreign files, and disks that refuse."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lingxi.backends.log.sqlite import open_log
from lingxi.datasets.made_up import DAY, START, MadeUp
from lingxi.domain.change import Proposal
from lingxi.domain.errors import Incompatible, LingxiError, Unavailable
from lingxi.domain.event import Event
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.columns import prepare
from lingxi.state.follow import catch_up
from lingxi.state.state import State


def view(name: str) -> Proposal:
    """A view on its way into the log."""
    return Proposal(Event(kind="view", id=name, user="ada", item="tea", at=1), received=1)


def test_a_database_of_the_first_version_is_led_forward(tmp_path):
    # given: a log as the first version made it
    log = open_log(tmp_path)
    log.append([view("a")])
    log.close()
    with sqlite3.connect(tmp_path / "log.db") as raw:
        for index in ("session", "alias", "erasure", "rules"):
            raw.execute(f"DROP INDEX changes_by_{index}")
        raw.execute("UPDATE schema_version SET version = 1")
    # when
    log = open_log(tmp_path)
    # then
    with sqlite3.connect(tmp_path / "log.db") as raw:
        assert raw.execute("SELECT version FROM schema_version").fetchone() == (4,)
        made = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
        assert {"changes_by_session", "changes_by_alias", "changes_by_erasure", "changes_by_rules"} <= made
    assert log.head() == 1
    log.close()


def test_a_newer_database_is_refused_in_one_line(tmp_path):
    open_log(tmp_path).close()
    with sqlite3.connect(tmp_path / "log.db") as raw:
        raw.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(Incompatible, match="version 99") as told:
        open_log(tmp_path)
    assert "upgrade Lingxi" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "log.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(Incompatible, match="damaged"):
        open_log(tmp_path)


def test_a_log_that_is_damaged_later_is_told_by_every_reading(tmp_path):
    # given: a log whose table of changes is gone
    log = open_log(tmp_path)
    log.append([view("a")])
    with sqlite3.connect(tmp_path / "log.db") as raw:
        raw.execute("DROP TABLE changes")
    # then
    for reading in (log.head, lambda: log.read(0, 1), lambda: log.interactions(9), lambda: list(log.changes(0, 9))):
        with pytest.raises(LingxiError, match="refused"):
            reading()
    log.close()


def test_a_locked_database_refuses_and_recovers_by_itself(tmp_path, monkeypatch):
    # given: another process holds the write lock
    monkeypatch.setattr("lingxi.backends._sqlite.BUSY_SECONDS", 0.05)
    log = open_log(tmp_path)
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    # when
    with pytest.raises(Unavailable, match="locked"):
        log.append([view("a")])
    other.execute("ROLLBACK")
    # then: nothing was stored, and the next call is taken
    assert log.head() == 0
    assert log.append([view("a")])[0].outcome == "stored"
    log.close()
    other.close()


def test_a_full_disk_refuses_and_recovers_by_itself(tmp_path):
    # given: a database that may not grow
    log = open_log(tmp_path)
    log.append([view("before")])
    pages = log._writer.exec_driver_sql("PRAGMA page_count").scalar()
    log._writer.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = [Proposal(Event(kind="view", id=f"{k}", item="x" * 100, at=1, text="x" * 2000), 1) for k in range(200)]
    # when
    with pytest.raises(Unavailable, match="disk is full"):
        log.append(many)
    log._writer.exec_driver_sql("PRAGMA max_page_count = 1000000")
    # then
    assert log.head() == 1
    assert {each.outcome for each in log.append(many)} == {"stored"}
    log.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: the disk cannot refuse by its modes")
def test_a_read_only_folder_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(Unavailable, match=r"read-only|cannot be opened"):
        open_log(tmp_path)


IMPORT = """
    import sys, numpy as np
    from pathlib import Path
    from lingxi.backends.log.sqlite import open_log
    from lingxi.ports.log import Columns
    n = 20_000
    none, nan = [None] * n, np.full(n, np.nan)
    lines = Columns([f"{k:08}" for k in range(n)], np.arange(n), np.arange(n), ["ada"] * n, none,
                    [f"item-{k % 500}" for k in range(n)], np.full(n, 5, np.int8), nan, nan, nan, none, none, none,
                    none, none)
    log = open_log(Path(sys.argv[1]))
    print("begun", flush=True)
    codes = log.append_columns(lines).code
    print(int((codes == 0).sum()), int((codes == 1).sum()), flush=True)
"""


def test_an_import_that_is_killed_and_run_again_loses_and_doubles_nothing(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(IMPORT), str(tmp_path)]
    # given: an import that is killed while it writes
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout.readline() == "begun\n"
        while _stored(tmp_path) < 1_000:
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    kept = _stored(tmp_path)
    # when
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    # then: what was stored is found again, the rest is stored, each line once
    fresh, duplicate = map(int, done.stdout.splitlines()[1].split())
    assert (fresh, duplicate) == (20_000 - kept, kept)
    with sqlite3.connect(tmp_path / "log.db") as raw:
        assert raw.execute("SELECT count(*), count(DISTINCT id), max(seq) FROM changes").fetchone() == (20_000,) * 3


def _stored(folder: Path) -> int:
    with sqlite3.connect(folder / "log.db") as raw:
        return raw.execute("SELECT count(*) FROM changes").fetchone()[0]


def test_numbers_follow_the_order_in_which_a_log_names_them(tmp_path: Path) -> None:
    """Given an import of events with users and sessions, whoever folds it in parts of any size meets every shopper's
    number in order, without a gap."""
    shop = MadeUp(catalogue=20, acts=200, days=2)
    log = open_log(tmp_path)
    for frame in shop.events(200):
        log.append_columns(prepare(frame, START + 3 * DAY, None, Surroundings()).columns)
    state = State.empty()
    for cursor in catch_up(state, log, at_once=7):
        assert state.cursor == cursor
    assert state.cursor == log.head() == 200
    assert len(state.shopper_ids) == len(log.shopper_ids())
    log.close()
