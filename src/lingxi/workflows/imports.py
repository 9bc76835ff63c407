"""Brings a data set into a shop: items, users, events. Interrupted and run again, it loses and doubles nothing."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Struct

from lingxi.domain.change import Proposal, Tally
from lingxi.domain.errors import Refused
from lingxi.domain.item import Item
from lingxi.domain.user import User
from lingxi.ingest import clean
from lingxi.ingest.accept import CONFLICT
from lingxi.ingest.around.categories import Categories
from lingxi.ingest.columns import EXAMPLES, Batch, Example
from lingxi.ingest.files.dataset import Files
from lingxi.ports.catalog import Catalog
from lingxi.ports.checkpoints import Checkpoints
from lingxi.ports.log import Log
from lingxi.ports.model import Watch
from lingxi.ports.quarantine import Held, Quarantine
from lingxi.workflows._ahead import Ahead, Source
from lingxi.workflows.fold import fold

DAY: Final = 86_400_000_000
WEEK: Final = 7 * DAY
RECORDS: Final = 1_000
RECORD_FILE: Final = "import.json"

Times = Literal["shifted", "original"]
Record = Item | User
T = TypeVar("T")


class Ledger(Log, Catalog, Protocol):
    """A log that keeps the catalog in its transactions."""


class Sums(Struct, kw_only=True):
    """What was read of one sort of record, where it ended (this adds up to `read`), and by which rule, with examples
    where files give their lines."""

    read: int = 0
    statuses: dict[str, int] = {}
    rules: dict[str, int] = {}
    examples: dict[str, list[Example]] = {}

    def add(self, tally: Tally, examples: Mapping[str, Sequence[Example]] | None = None) -> None:
        """Adds what became of some more records."""
        self.read += sum(tally.statuses.values())
        for rule, found in (examples or {}).items():
            known = self.examples.setdefault(rule, [])
            known.extend(found[: EXAMPLES - len(known)])
        for mine, theirs in ((self.statuses, tally.statuses), (self.rules, tally.rules)):
            for name, count in theirs.items():
                if count:
                    mine[name] = mine.get(name, 0) + count


class ImportReceipt(Struct, kw_only=True, omit_defaults=False):
    """What an import did. `shift_days` was added to every time; `first`–`last` are the times as stored, in µs UTC.

    `finished` is None while it runs, and after it was interrupted. `files` were read by the mapping in `mapping`;
    `left_out` says which sheets and files beside them were not, and why. Of the `refunds` in them `linked` know their
    purchase.
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
    files: list[str] = msgspec.field(default_factory=list)
    left_out: list[str] = msgspec.field(default_factory=list)
    mapping: str = ""
    refunds: int = 0
    linked: int = 0
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


def import_dataset(
    dataset: Source, shop: Shop, now: int, times: Times, watch: Watch, mapping: str = ""
) -> ImportReceipt:
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
    receipt.mapping = mapping
    sizes, ahead = dataset.sizes(), Ahead(dataset, receipt.shift_days)
    # What the data set has was there when its first event happened; only what is posted later is new to the shop.
    opened = dataset.span()[0] + receipt.shift_days * DAY
    items = chain(dataset.items(), _bare(dataset, shop.log))
    receipt.items = _records(items, shop, opened, sizes["items"], "items", watch)
    receipt.users = _records(dataset.users(), shop, opened, sizes["users"], "users", watch)
    receipt.events = _events(ahead.batches(now, watch), shop, now, receipt, sizes["events"], watch)
    if isinstance(dataset, Files):
        receipt.refunds, receipt.linked = dataset.survey.refunds, dataset.survey.linked
    receipt.seq = shop.fold(watch) if shop.fold else fold(shop.log, shop.checkpoints, watch).cursor
    receipt.seconds = round(time.perf_counter() - started, 3)
    receipt.finished = now + int(receipt.seconds * 1e6)
    _keep(shop.folder, receipt)
    return receipt


def _bare(dataset: Source, catalog: Catalog) -> Iterator[Item]:
    """The items that files only name, into a catalog that holds nothing more than names."""
    if isinstance(dataset, Files) and not any(each.title or each.category for _, each in catalog.all_items()):
        yield from dataset.bare_items()


def imported(folder: Path) -> ImportReceipt | None:
    """The receipt of the import into the shop of this folder, None if there was none."""
    path = folder / RECORD_FILE
    return msgspec.json.decode(path.read_bytes(), type=ImportReceipt) if path.exists() else None


def _begin(dataset: Source, folder: Path, now: int, times: Times) -> ImportReceipt:
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
        simulated=not isinstance(dataset, Files),
        files=[each.source.name for each in dataset.files] if isinstance(dataset, Files) else [],
        left_out=dataset.left if isinstance(dataset, Files) else [],
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


def _records(records: Iterable[Record | Held], shop: Shop, received: int, size: int, stage: str, watch: Watch) -> Sums:
    """Stores the items or users that the shop does not have yet; what is none is held."""
    sums, categories = Sums(), Categories()
    for part in _parts(records, RECORDS):
        held = [each for each in part if isinstance(each, Held)]
        shop.quarantine.hold(held)
        tally = _stored([each for each in part if not isinstance(each, Held)], shop.log, received, categories)
        for each in held:
            status = CONFLICT if each.rule == CONFLICT else "quarantined"
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
            tally.rules[each.rule] = tally.rules.get(each.rule, 0) + 1
        sums.add(tally, _examples(held))
        watch(stage, min(1.0, sums.read / max(size, 1)))
    return sums


def _stored(records: Sequence[Record], log: Ledger, received: int, categories: Categories) -> Tally:
    """Stores items or users, each once; the rules that doubt items know the `categories` so far."""
    if not records:
        return Tally({})
    ids = [record.id for record in records]
    there: Container[str] = log.items(ids) if isinstance(records[0], Item) else log.users(ids)
    fresh = {record.id: Proposal(record, received) for record in records if record.id not in there}
    outcomes = [each.outcome for each in log.append(list(fresh.values()))] if fresh else []
    new = [each.entry for each, outcome in zip(fresh.values(), outcomes, strict=True) if outcome == "stored"]
    doubts = clean.doubts_of([each for each in new if isinstance(each, Item)], categories)
    marked = sum(1 for each in doubts if each)
    statuses = {"accepted": len(new) - marked, "marked": marked, "duplicate": len(records) - len(new)}
    return Tally(statuses, dict(Counter(rule for each in doubts for rule in each)))


def _examples(held: Sequence[Held]) -> dict[str, list[Example]]:
    """What is held, by rule, with the place that its reason begins with."""
    found: dict[str, list[Example]] = {}
    for each in held:
        place, _, said = each.reason.partition(": ")
        file, _, line = place.rpartition(", line ")
        if line.isdigit():
            found.setdefault(each.rule, []).append(Example(file=file, line=int(line), said=said))
    return found


def _events(batches: Iterator[Batch], shop: Shop, now: int, receipt: ImportReceipt, size: int, watch: Watch) -> Sums:
    """Stores the events, batch by batch; what is held is in quarantine before its batch is stored."""
    sums = Sums()
    started = time.perf_counter()
    for batch in batches:
        shop.quarantine.hold(batch.held)
        outcomes = shop.log.append_columns(batch.columns)
        conflicts = batch.conflicts(outcomes, now)
        shop.quarantine.hold(conflicts)
        sums.add(batch.tally(outcomes), {**batch.examples, **_examples(conflicts)})
        if len(batch.columns):
            first, last = int(batch.columns.at.min()), int(batch.columns.at.max())
            receipt.first = first if receipt.first is None else min(first, receipt.first)
            receipt.last = last if receipt.last is None else max(last, receipt.last)
        watch("events", min(1.0, sums.read / max(size, 1)), per_s=sums.read / (time.perf_counter() - started))
    return sums


def _parts(records: Iterable[T], size: int) -> Iterator[list[T]]:
    """The records in lists of `size` at most."""
    rest = iter(records)
    while part := list(islice(rest, size)):
        yield part
