"""The folders that trainings work in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from lingxi.domain.errors import Refused
from lingxi.workflows.workroom import WORKER, Worker, drop_left, worker, workroom


def test_a_room_is_gone_after_its_run_and_after_a_failure(tmp_path: Path) -> None:
    with workroom(tmp_path, "train") as room:
        (room / "file").write_text("x")
        assert worker(room) == os.getpid()
    assert not (tmp_path / "training").exists()
    with pytest.raises(ValueError, match="no"), workroom(tmp_path, "train"):
        raise ValueError("no")
    assert not (tmp_path / "training").exists()


def test_who_is_interrupted_leaves_what_the_next_finds(tmp_path: Path) -> None:
    def interrupted() -> None:
        with workroom(tmp_path, "train") as room:
            (room / "file").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with workroom(tmp_path, "train") as room:
        assert (room / "file").read_text() == "x"


def test_two_processes_do_not_share_a_room(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    room = tmp_path / "training" / "train"
    room.mkdir(parents=True)
    (room / WORKER).write_bytes(msgspec.json.encode(Worker(other.pid, psutil.Process(other.pid).create_time())))
    try:
        with pytest.raises(Refused, match="another `lingxi train`"), workroom(tmp_path, "train"):
            pass
        assert drop_left(tmp_path) == 0
        with workroom(tmp_path, "evaluate"):
            assert room.is_dir()
    finally:
        other.communicate(b"\n")
    assert drop_left(tmp_path) == 1
    assert not (tmp_path / "training").exists()
