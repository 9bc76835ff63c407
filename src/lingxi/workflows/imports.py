"""Brings a data set into a shop: items, users, events. Interrupted and run again, it loses and doubles nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol, TypeVar

import msgspec
import polars as pl
from msgspec import Struct

from lingxi.datasets._dataset import Dataset
from lingxi.domain.change import Proposal, Tally
from lingxi.domain.errors import Refused
from lingxi.domain.item import Item
from lingxi.domain.user import User
from lingxi.ingest.columns import Batch, prepare
from lingxi.ports.catalog import Catalog
from lingxi.ports.checkpoints import Checkpoints
from lingxi.ports.log import Log
from lingxi.ports.model import Watch
from lingxi.ports.quarantine import Quarantine
from lingxi.workflows.fold import fold

DAY: Final = 86_400_000_000
WEEK: Final = 7 * DAY
ROWS: Final = 65_536
RECORDS: Final = 1_000
RECORD_FILE: Final = "import.json"

Times = Literal["shifted", "original"]
Record = TypeVar("Record", Item, User)


class Ledger(Log, Catalog, Protocol):
    """A log that keeps the catalog in its transactions."""


class Sums(Struct, kw_only=True):
    """What was read of one sort of record, where it ended (this adds up to `read`), and by which rule."""

    read: int = 0
    statuses: dict[str, int] = {}
    rules: dict[str, int] = {}

    def add(self, tally: Tally) -> None:
        """Adds what became of some more records."""
        self.read += sum(tally.statuses.values())
        for mine, theirs in ((self.statuses, tally.statuses), (self.rules, tally.rules)):
            for name, count in theirs.items():
                if count:
                    mine[name] = mine.get(name, 0) + count


class ImportReceipt(Struct, kw_only=True, omit_defaults=False):
    """What an import did. `shift_days` was added to every time; `first`–`last` are the times as stored, in µs UTC.

    `finished` is None while it runs, and after it was interrupted.
    """

    dataset: str
    about: str
    about_zh: str
    times: Times
    shift_days: int
    started: int
    finished: int | None = None
    first: int | None = None
    last: int | None = None
    seq: int = 0
    seconds: float = 0.0
    simulated: bool = True
    items: Sums = msgspec.field(default_factory=Sums)
    users: Sums = msgspec.field(default_factory=Sums)
    events: Sums = msgspec.field(default_factory=Sums)


class Shop(NamedTuple):
    """Where an import goes: a shop's parts, and its folder, where the receipt is kept as import.json.

    `fold` brings the state to the log's end, publishes its checkpoint and returns its `seq`; without one it is done
    here.
    """

    log: Ledger
    quarantine: Quarantine
    checkpoints: Checkpoints
    folder: Path
    fold: Callable[[Watch], int] | None = None


def import_dataset(dataset: Dataset, shop: Shop, now: int, times: Times, watch: Watch) -> ImportReceipt:
    """Imports `dataset`, folds the log into a state and publishes the checkpoint.

    Times are shifted by whole weeks so that the last event is less than a week old at `now` (µs UTC), unless `times`
    is "original". The shift of the first run holds for every later one. An item or user that the shop has already
    stays as it is and counts as a duplicate.

    Raises:
        Refused: the shop holds this data set with the other `times`.
        Unavailable: the data set is not installed, or the log cannot write; run it again.
    """
    started = time.perf_counter()
    receipt = _begin(dataset, shop.folder, now, times)
    sizes = dataset.sizes()
    # What the data set has was there when its first event happened; only what is posted later is new to the shop.
    opened = dataset.span()[0] + receipt.shift_days * DAY
    receipt.items = _records(dataset.items(), shop.log, opened, sizes["items"], "items", watch)
    receipt.users = _records(dataset.users(), shop.log, opened, sizes["users"], "users", watch)
    receipt.events = _events(dataset, shop, now, receipt, sizes["events"], watch)
    receipt.seq = shop.fold(watch) if shop.fold else fold(shop.log, shop.checkpoints, watch).cursor
    receipt.seconds = round(time.perf_counter() - started, 3)
    receipt.finished = now + int(receipt.seconds * 1e6)
    _keep(shop.folder, receipt)
    return receipt


def imported(folder: Path) -> ImportReceipt | None:
    """The receipt of the import into the shop of this folder, None if there was none."""
    path = folder / RECORD_FILE
    return msgspec.json.decode(path.read_bytes(), type=ImportReceipt) if path.exists() else None


def _begin(dataset: Dataset, folder: Path, now: int, times: Times) -> ImportReceipt:
    """A new receipt, with the shift of an earlier run; on disk before the first event is."""
    shift = max(0, (now - dataset.span()[1]) // WEEK * 7) if times == "shifted" else 0
    before = imported(folder)
    if before is not None and before.dataset == dataset.name:
        if before.times != times:
            what = f"this shop holds '{dataset.name}' with its times {before.times}"
            raise Refused(what, where=str(folder / RECORD_FILE), remedy=f"use --times {before.times}, or another shop")
        shift = before.shift_days
    receipt = ImportReceipt(
        dataset=dataset.name,
        about=dataset.about,
        about_zh=dataset.about_zh,
        times=times,
        shift_days=shift,
        started=now,
    )
    _keep(folder, receipt)
    return receipt


def _keep(folder: Path, receipt: ImportReceipt) -> None:
    """Writes the receipt in one step: a reader sees the old one or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{RECORD_FILE}"
    with half.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(receipt), indent=2))
        file.flush()
        os.fsync(file.fileno())
    half.replace(folder / RECORD_FILE)


def _records(records: Iterable[Record], log: Ledger, received: int, size: int, stage: str, watch: Watch) -> Sums:
    """Stores the items or users that the shop does not have yet."""
    sums = Sums()
    for part in _parts(records, RECORDS):
        ids = [record.id for record in part]
        there = log.items(ids) if isinstance(part[0], Item) else log.users(ids)
        fresh = [Proposal(record, received) for record in part if record.id not in there]
        outcomes = [each.outcome for each in log.append(fresh)] if fresh else []
        accepted = outcomes.count("stored")
        sums.add(Tally({"accepted": accepted, "duplicate": len(part) - accepted}))
        watch(stage, min(1.0, sums.read / max(size, 1)))
    return sums


def _events(dataset: Dataset, shop: Shop, now: int, receipt: ImportReceipt, size: int, watch: Watch) -> Sums:
    """Cleans and stores the events, frame by frame; what is held is in quarantine before its frame is stored."""
    sums = Sums()
    started = time.perf_counter()
    for batch in _ahead(_batches(dataset, receipt.shift_days, now)):
        shop.quarantine.hold(batch.held)
        sums.add(batch.tally(shop.log.append_columns(batch.columns)))
        if len(batch.columns):
            first, last = int(batch.columns.at.min()), int(batch.columns.at.max())
            receipt.first = first if receipt.first is None else min(first, receipt.first)
            receipt.last = last if receipt.last is None else max(last, receipt.last)
        watch("events", min(1.0, sums.read / max(size, 1)), per_s=sums.read / (time.perf_counter() - started))
    return sums


def _batches(dataset: Dataset, shift_days: int, now: int) -> Iterator[Batch]:
    """The events in frames, moved in time and cleaned."""
    for frame in dataset.events(ROWS):
        yield prepare(frame.with_columns(pl.col("at") + shift_days * DAY), now)


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches; the next is made while the log writes the one before and waits for the disk."""
    with ThreadPoolExecutor(1, "import") as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _parts(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """The records in lists of `size` at most."""
    rest = iter(records)
    while part := list(islice(rest, size)):
        yield part
