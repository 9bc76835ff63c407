"""Reads a shop's files through once, before anything is stored."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from lingxi.ingest.files.dataset import Files, Survey
from lingxi.ports.model import Watch
from lingxi.workflows.apart import apart

LARGE: Final = 64 << 20
"""Bytes of files from which on a process of its own reads them: half a gigabyte is not held while the events go in."""


def look_through(files: Files, watch: Watch) -> Survey:
    """See `Files.look_through`."""
    if not files.movable or sum(each.source.size for each in files.files) < LARGE:
        return files.look_through(watch)
    for seen in apart(partial(_look, files), "look", watch):
        files.take(seen)
    return files.survey


def _look(files: Files, watch: Watch) -> Iterator[Files]:
    files.look_through(watch)
    yield files
