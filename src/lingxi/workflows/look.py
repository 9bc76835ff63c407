"""Looks at a shop's files and reads them through once, before anything is stored: large ones in processes that end, so
that the memory it takes is not held while the events go in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from lingxi.ingest.files.dataset import Files, Survey
from lingxi.ingest.files.look import Looked, look
from lingxi.ingest.files.mapping import Mapping
from lingxi.ports.model import Watch
from lingxi.workflows.apart import apart

LARGE: Final = 64 << 20
"""Bytes of files from which on a process of its own is worth its start."""


def look_at(paths: Sequence[Path], mapping: Mapping | None, zone: str, where: str) -> Looked:
    """See `ingest.files.look.look`."""
    if sum(map(_size, paths)) < LARGE:
        return look(paths, mapping, zone, where)
    (looked,) = apart(partial(_look_at, paths, mapping, zone, where), "look", _unwatched)
    return looked


def _look_at(
    paths: Sequence[Path],
    mapping: Mapping | None,
    zone: str,
    where: str,
    watch: Watch,  # noqa: ARG001 (see `apart`)
) -> Iterator[Looked]:
    yield look(paths, mapping, zone, where)


def _unwatched(stage: str, done: float, **figures: float) -> None:
    """Nobody waits for long enough to be told."""


def _size(path: Path) -> int:
    """Bytes of a file, or of all in a folder; 0 of what cannot be read: who looks at it says so."""
    try:
        files = path.rglob("*") if path.is_dir() else [path]
        return sum(each.stat().st_size for each in files if each.is_file())
    except OSError:
        return 0


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
