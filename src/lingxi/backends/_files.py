"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lingxi.domain.errors import Unavailable


def sync(path: Path) -> None:
    """Brings a file, or a folder's list of names, onto the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write_synced(path: Path, content: bytes) -> None:
    """Writes a file and brings it onto the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folders(top: Path) -> None:
    """Brings the lists of names of a folder and of all folders in it onto the disk."""
    for folder in (*(each for each in top.rglob("*") if each.is_dir()), top):
        sync(folder)


def stage_in(folder: Path) -> Path:
    """A new empty folder `.staged-<pid>-…` to build something in; what killed processes left staged is deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".staged-*"):
        owner = left.name.split("-")[1]
        if not owner.isdecimal() or not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    staged = folder / f".staged-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    staged.mkdir()
    return staged


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """Turns the disk's failures into ours.

    Raises:
        Unavailable: the disk is full, the folder read-only.
    """
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"the disk refused: {error.strerror or error}", where=str(place), remedy="free space or grant the right"
        ) from error
