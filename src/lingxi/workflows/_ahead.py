"""The events of a data set, cleaned, a batch ahead of who stores them: large files by a process of their own."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Final

import polars as pl

from lingxi.datasets._dataset import Dataset
from lingxi.domain.errors import Unavailable
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.columns import Batch, Copies, prepare
from lingxi.ingest.files.dataset import Files
from lingxi.ingest.files.frames import DAY_MICROS, Frames

ROWS: Final = 65_536
MANY: Final = 4 * ROWS
"""From so many events on a process of its own is worth its start: cleaning and storing both hold the interpreter."""

Source = Dataset | Files


def ahead(dataset: Source, shift_days: int, now: int) -> Iterator[Batch]:
    """The batches; the next is made while the log writes the one before and waits for the disk. Files were begun.

    Raises:
        Unavailable: the process that cleans has ended; what was stored is there, run the import again.
        LingxiError: a file cannot be read any more.
    """
    if not isinstance(dataset, Files):
        return _one_ahead(_batches(dataset.events(ROWS), shift_days, now, None))
    frames = dataset.frames(shift_days)
    if frames.movable and dataset.survey.counts["events"] >= MANY:
        return _one_ahead(_apart(frames, now))
    return _one_ahead(_batches(frames.events(ROWS), shift_days, now, frames.counter()))


def _batches(frames: Iterator[pl.DataFrame], shift_days: int, now: int, copies: Copies | None) -> Iterator[Batch]:
    """The events in frames, moved in time and cleaned."""
    # Only of what is imported, so that the same file is judged the same wherever it is imported into.
    around = Surroundings()
    for frame in frames:
        yield prepare(frame.with_columns(pl.col("at") + shift_days * DAY_MICROS), now, copies, around)


def _one_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    with ThreadPoolExecutor(1, "import") as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _apart(frames: Frames, now: int) -> Iterator[Batch]:
    """The batches as a process of their own makes them."""
    spawning = multiprocessing.get_context("spawn")
    end, other = spawning.Pipe()
    process = spawning.Process(target=_prepare, args=(frames, now, other), name="clean", daemon=True)
    process.start()
    other.close()
    try:
        while (told := end.recv()) is not None:
            if isinstance(told, Exception):
                raise told
            yield told
    except EOFError as error:
        what = "the process that cleans the events has ended"
        raise Unavailable(what, where="import", remedy="run the import again; it goes on where it was") from error
    finally:
        end.close()
        process.join()


def _prepare(frames: Frames, now: int, end: Connection) -> None:
    # Who interrupts the import ends its first process, which closes this end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for batch in _batches(frames.events(ROWS), frames.shift_days, now, frames.counter()):
            end.send(batch)
        end.send(None)
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - it is raised where the import runs
        end.send(error)
