"""Files that are there whole or not at all."""

from __future__ import annotations

import os
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
