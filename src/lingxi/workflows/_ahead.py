"""The events of a data set, cleaned, a batch ahead of who stores them: large files by a process of their own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import polars as pl

from lingxi.datasets._dataset import Dataset
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.columns import Batch, Copies, prepare
from lingxi.ingest.files.dataset import Files
from lingxi.ingest.files.frames import DAY_MICROS
from lingxi.ports.model import Watch
from lingxi.workflows.apart import Apart, apart

ROWS: Final = 32_768
MANY: Final = 8 * ROWS
"""From so many events on a process of its own is worth its start: cleaning and storing both hold the interpreter."""

Source = Dataset | Files


class Ahead:
    """What is made of a data set's events before they are stored. Where another process can take a file over, it begins
    at once to look for the purchases of refunds, while who asked stores items and users."""

    def __init__(self, dataset: Source, shift_days: int) -> None:
        self._dataset, self._shift = dataset, shift_days
        self._linking: Apart[pl.DataFrame] | None = None
        if isinstance(dataset, Files) and dataset.movable and dataset.survey.counts["events"] >= MANY:
            self._linking = Apart(partial(_links, dataset.of_events(), shift_days), "link")

    def batches(self, now: int, watch: Watch) -> Iterator[Batch]:
        """The events, cleaned; the next batch is made while the log writes the one before and waits for the disk.

        Raises:
            Unavailable: the process that cleans has ended; what was stored is there, run the import again.
            LingxiError: a file cannot be read any more.
        """
        dataset, shift = self._dataset, self._shift
        if not isinstance(dataset, Files):
            return _one_ahead(_batches(dataset.events(ROWS), shift, now, None))
        if self._linking is None:
            dataset.link(dataset.find_links(shift, watch))
            return _one_ahead(_of_files(dataset, shift, now, watch))
        (links,) = self._linking.results(watch)
        dataset.link(links)
        return _one_ahead(apart(partial(_of_files, dataset.of_events(), shift, now), "clean", watch))


def _links(files: Files, shift_days: int, watch: Watch) -> Iterator[pl.DataFrame]:
    yield files.find_links(shift_days, watch)


def _of_files(files: Files, shift_days: int, now: int, watch: Watch) -> Iterator[Batch]:  # noqa: ARG001 (see `apart`)
    frames = files.frames(shift_days)
    yield from _batches(frames.events(ROWS), shift_days, now, frames.counter())


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
