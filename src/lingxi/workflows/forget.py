"""Forgets a person: at once in the log, the catalog and the live state; then, for all who wait, everywhere else.

`begin` is quick and makes the person unknown. `remake` folds the state anew from a log that no longer holds them;
`finish` goes through slates, quarantine and files, makes sure that no byte is left, and completes the receipts.
Killed at any moment it is taken up again: whom it is about stands in the receipt until it is complete.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec
import psutil

from lingxi.domain.change import Change, Proposal, Release
from lingxi.domain.errors import Unavailable
from lingxi.domain.naming import distinct
from lingxi.ports.bundles import Bundles
from lingxi.ports.catalog import Catalog
from lingxi.ports.checkpoints import Checkpoints
from lingxi.ports.erasure import Erasing
from lingxi.ports.log import Log
from lingxi.ports.quarantine import Quarantine
from lingxi.ports.slates import Slates
from lingxi.state.checkpoint import arrays_of
from lingxi.state.state import State
from lingxi.workflows._mentions import take_out
from lingxi.workflows._traces import traces
from lingxi.workflows.fold import anew
from lingxi.workflows.receipts import Forgotten, Pending, Receipts, added
from lingxi.workflows.workroom import drop_left

PERSONS_AT_ONCE: Final = 200
DATABASES: Final = ("log.db", "log.db-wal")


class Ledger(Log, Catalog, Erasing, Protocol):
    """A log that keeps the catalog and can forget."""

    def releases(self, limit: int = 20) -> list[Change]:
        """The newest releases of models, first the newest."""
        ...


class Ground(NamedTuple):
    """What a shop keeps, and its folder."""

    log: Ledger
    quarantine: Quarantine
    slates: Slates
    checkpoints: Checkpoints
    bundles: Bundles
    folder: Path


def begin(ground: Ground, shopper: str, receipt: str, now: int) -> Forgotten:
    """Erases a shopper (`u:…`, `s:…`) and who is the same person from the log and the catalog; the receipt so far.

    Raises:
        Unavailable: the log cannot be written now; nothing is lost by asking again.
    """
    receipts = Receipts(ground.folder)
    person = ground.log.person(shopper)
    pending = Pending(
        told=Forgotten(receipt=receipt, asked=now, seq=None, found={}),
        shoppers=tuple(sorted({shopper, *person.values()})),
        by=os.getpid(),
    )
    # Whom it is about is on disk first: the log forgets it in the next step.
    receipts.keep(pending)
    try:
        return _erase(ground, receipts, pending, person, now)
    except BaseException:
        receipts.keep(msgspec.structs.replace(pending, by=0))
        raise


def begin_many(ground: Ground, shoppers: Sequence[dict[int, str]], receipt: str, now: int) -> Forgotten:
    """The same for persons who were found already, under one receipt."""
    receipts = Receipts(ground.folder)
    names = tuple(sorted({name for person in shoppers for name in person.values()}))
    told = Forgotten(receipt=receipt, asked=now, seq=None, found={})
    receipts.keep(Pending(told=told, shoppers=names))
    for start in range(0, len(shoppers), PERSONS_AT_ONCE):
        part = {no: name for person in shoppers[start : start + PERSONS_AT_ONCE] for no, name in person.items()}
        # Until the last of them is erased the receipt has no seq: cut short, it begins again.
        begun = Pending(told=msgspec.structs.replace(told, seq=None), shoppers=names)
        told = _erase(ground, receipts, begun, part, now, last=start + PERSONS_AT_ONCE >= len(shoppers))
    return told


def _erase(
    ground: Ground, receipts: Receipts, pending: Pending, person: dict[int, str], now: int, *, last: bool = True
) -> Forgotten:
    if not person:
        receipts.keep(msgspec.structs.replace(pending, begun=last))
        return pending.told
    seq, counts = ground.log.erase(person, now)
    catalog = {"users": counts.pop("records", 0), "shoppers": counts.pop("shoppers", 0)}
    told = added(added(pending.told, "log", counts), "catalog", catalog)
    told = msgspec.structs.replace(told, seq=seq if last else None)
    receipts.keep(msgspec.structs.replace(pending, told=told, begun=last))
    return told


def resume(ground: Ground, now: int) -> list[Pending]:
    """Erases what an interrupted `begin` left in the log; all whom the log has forgotten, the oldest first.

    One that another process is at waits for the next time.
    """
    receipts = Receipts(ground.folder)
    for pending in receipts.pending():
        if pending.begun or (pending.by and psutil.pid_exists(pending.by)):
            continue
        person = {no: name for each in pending.shoppers for no, name in ground.log.person(each).items()}
        _erase(ground, receipts, pending, {} if pending.told.seq is not None else person, now)
    return [each for each in receipts.pending() if each.begun]


def shoppers_of(waiting: Sequence[Pending]) -> set[str]:
    """Everyone whom these receipts are about."""
    return {each for pending in waiting for each in pending.shoppers}


def finish(ground: Ground, waiting: Sequence[Pending], slates: Mapping[str, int], now: int) -> None:
    """`sweep` and `settle`: what is left to do once the log and the state know nobody of them any more.

    `slates` is what `Slates.forget` returned: whoever serves deletes those that wait in memory too.
    """
    if waiting:
        sweep(ground, waiting, slates, now)
        swept = {each.told.receipt for each in waiting}
        settle(ground, [each for each in Receipts(ground.folder).pending() if each.told.receipt in swept], now)


def sweep(ground: Ground, waiting: Sequence[Pending], slates: Mapping[str, int], now: int) -> None:
    """Goes through everything beside log and state, once for all who wait; keeps what it found in the receipts."""
    ids = {each[2:] for each in shoppers_of(waiting)}
    held = ground.quarantine.forget(ids)
    files = take_out(ground.folder, ids)
    bundles, snapshots = _drop_bundles(ground, now), drop_left(ground.folder)
    receipts = Receipts(ground.folder)
    for pending in waiting:
        own = {each[2:] for each in pending.shoppers}
        told = added(pending.told, "slates", {"slates": sum(slates.get(each, 0) for each in pending.shoppers)})
        told = added(told, "quarantine", {"held": sum(held.get(each, 0) for each in own)})
        told = added(told, "files", {"mentions": sum(files.get(each, 0) for each in own)})
        told = added(told, "bundles", {"removed": bundles})
        told = added(told, "snapshots", {"removed": snapshots})
        receipts.keep(msgspec.structs.replace(pending, told=told))


def _drop_bundles(ground: Ground, now: int) -> int:
    """Deletes bundles that hold histories; one that is live is taken back first, on record."""
    gone = [each.id for each in ground.bundles.all() if each.holds_histories]
    newest = ground.log.releases(1)
    entry = newest[0].entry if newest else None
    if isinstance(entry, Release) and entry.bundle in gone:
        why = "it held the history of a shopper who was forgotten; train again"
        back = Release(bundle=None, previous=entry.bundle, forced=True, why=why, by="erasure")
        ground.log.append([Proposal(back, now)])
    for each in gone:
        ground.bundles.remove(each)
    return len(gone)


def remake(log: Ledger, checkpoints: Checkpoints) -> State:
    """The state folded anew from the whole log, saved; every older checkpoint is deleted."""
    state = anew(log)
    arrays, about = arrays_of(state)
    checkpoints.save(state.cursor, arrays, about)
    checkpoints.drop(state.cursor)
    return state


def settle(ground: Ground, waiting: Sequence[Pending], now: int) -> None:
    """Makes sure that no byte of the shop's folder tells an id any more, and completes the receipts.

    Raises:
        Unavailable: a reader keeps old pages of the log alive, or the disk has no room to write it anew.
    """
    receipts = Receipts(ground.folder)
    # Who came back since is someone new, and stands in the log rightly.
    ids = {each[2:] for each in shoppers_of(waiting) if not ground.log.person(each)}
    if not ground.log.scrub():
        what = "a long reading of the log is in the way of erasing old pages"
        raise Unavailable(what, where=str(ground.folder), remedy="it is tried again; end long readings")
    bounded = _bounded(ground.log, ids)
    left = _traces(ground.folder, ids, bounded)
    if any(file in DATABASES for files in left.values() for file in files) and ground.log.scrub(whole=True):
        left = _traces(ground.folder, ids, bounded)
    receipts.complete(waiting, now, left, {each for each in ids if distinct(each)})


def _traces(folder: Path, ids: Collection[str], bounded: Collection[str]) -> Mapping[str, list[str]]:
    """Traces in any file but the receipts that are being completed."""
    own = Receipts(folder).folder.name + "/"
    found = traces(folder, ids, bounded)
    return {id_: kept for id_, files in found.items() if (kept := [f for f in files if not f.startswith(own)])}


def _bounded(log: Catalog, ids: Collection[str]) -> set[str]:
    """Those of the ids that are a part of another shopper's or an item's id."""
    others = "\n".join((*log.shopper_ids(), *log.item_ids()))
    return {each for each in ids if each in others}
