"""The folders that trainings work in: each run has its own, deleted at its end and found again after a kill."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psutil
from msgspec import Struct

from lingxi.domain.errors import Refused

ROOMS: Final = "training"
"""The folder of a shop that holds them all: snapshots of the log lie nowhere else."""
WORKER: Final = "worker.json"


class Worker(Struct, frozen=True):
    """Who works in a room: the process, and when it started (seconds since 1970), for numbers are used again."""

    pid: int
    since: float


@contextmanager
def workroom(shop: Path, name: str) -> Iterator[Path]:
    """The folder of one kind of run in a shop's folder. It is deleted when the run ends or fails; who is killed or
    interrupted leaves it, and the next run of that name finds what is in it.

    Raises:
        Refused: another process works there.
    """
    folder = shop / ROOMS / name
    at_work = worker(folder)
    if at_work is not None and at_work != os.getpid():
        what = f"another `lingxi {name}` is at work on this shop"
        raise Refused(what, where=f"process {at_work}", remedy="wait until it is done, or end it")
    folder.mkdir(parents=True, exist_ok=True)
    own = psutil.Process()
    (folder / WORKER).write_bytes(msgspec.json.encode(Worker(own.pid, own.create_time())))
    try:
        yield folder
    except Exception:
        # What fails once would fail again; only who was killed, or interrupted, goes on where it was.
        _delete(folder)
        raise
    _delete(folder)


def worker(room: Path) -> int | None:
    """The process that works in a room; None where nobody does."""
    try:
        said = msgspec.json.decode((room / WORKER).read_bytes(), type=Worker)
        found = psutil.Process(said.pid)
        return said.pid if abs(found.create_time() - said.since) < 1.0 else None
    except (OSError, msgspec.MsgspecError, psutil.Error):
        return None


def clear(room: Path) -> None:
    """Empties a room, but for who works in it."""
    for each in room.iterdir():
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != WORKER:
            each.unlink(missing_ok=True)


def drop_left(shop: Path, before: int | None = None) -> int:
    """Deletes what runs that were killed (before `before`, µs UTC, if given) left, and says how many those were; one
    that runs deletes its own at its end."""
    dropped = 0
    for room in sorted((shop / ROOMS).glob("*")):
        if worker(room) is not None or (before is not None and room.stat().st_mtime * 1e6 >= before):
            continue
        _delete(room)
        dropped += 1
    return dropped


def _delete(room: Path) -> None:
    shutil.rmtree(room, ignore_errors=True)
    if room.parent.is_dir() and not any(room.parent.iterdir()):
        room.parent.rmdir()
