"""Looks a home over: is everything whole, and will it go on working. It changes nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lingxi import config
from lingxi.app._machine import Finding, fault, machine, ok, port, warning
from lingxi.app.parts import SHOPS, Parts, encoder_of, open_parts, shoppers_of
from lingxi.app.told import TRAINING_FILE, serving, told
from lingxi.backends._sqlite import faults_of
from lingxi.config import Settings
from lingxi.domain.change import Release
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.domain.merchandising import RuleSet
from lingxi.ports.shoppers import Shoppers
from lingxi.workflows import disk
from lingxi.workflows.receipts import Receipts

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
WAL_BYTES: Final = 1 << 30
LATE: Final = 5_000_000
"""Changes that a start would have to fold."""
FUTURE: Final = 300_000_000
DOCTOR: Final = "doctor"
"""In whose name what processes share is asked: no shop is."""
RESTORE: Final = "restore it from a backup: lingxi restore"


def examine(home: Path) -> Iterator[Finding]:
    """Everything that there is to say of a home, in order: settings, machine, keys, each shop."""
    try:
        settings = config.load(home)
        yield ok("settings", str(home / config.FILE) if (home / config.FILE).exists() else "the defaults")
    except LingxiError as error:
        yield fault("settings", f"{error.what} ({error.where})", error.remedy)
        settings = Settings()
    logs = sorted((home / SHOPS).glob("*/log.db"))
    yield from machine(home, settings, max((log.stat().st_size for log in logs), default=0))
    served = next((pid for log in logs if (pid := serving(log.parent)) is not None), None)
    yield port(settings.server.host, settings.server.port, served)
    yield from _keys(home, settings)
    yield _texts(settings)
    yield _shoppers(settings.state.shoppers)
    if not logs:
        yield warning("shops", "there is none yet", "`lingxi init`, or send the first event")
    for log in logs:
        yield from _shop(home, settings, log.parent)


def _keys(home: Path, settings: Settings) -> Iterator[Finding]:
    file = home / "keys.db"
    if not file.exists():
        yield from _alone(settings)
        return
    if faults := faults_of(file):
        yield fault("keys", f"keys.db is damaged: {faults[0]}", RESTORE)
        return
    with sqlite3.connect(file) as raw:
        count = raw.execute("SELECT count(*) FROM keys WHERE revoked IS NULL").fetchone()[0]
    if not count:
        yield from _alone(settings)
    elif file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield warning("keys", f"{count} keys; others may read keys.db", f"chmod 600 {file}: it holds hashes of keys")
    else:
        yield ok("keys", f"{count} keys open the API")


def _alone(settings: Settings) -> Iterator[Finding]:
    if settings.server.host in LOOPBACK:
        yield ok("keys", "none: only this machine is served")
    else:
        yield fault("keys", f"none, and server.host is {settings.server.host}", "make one: `lingxi key create NAME`")


def _texts(settings: Settings) -> Finding:
    """Whether what makes vectors of texts is there; a server is not asked."""
    try:
        encoder = encoder_of(settings.text.encoder)
    except LingxiError as error:
        return fault("texts", f"{error.what} ({error.where})", error.remedy)
    return ok("texts", "no encoder: models learn without them" if encoder is None else f"by {encoder.name}")


def _shoppers(url: str) -> Finding:
    """Whether what processes share of shoppers can be reached; a URL may hold a password and is not shown."""
    if not url:
        return ok("shoppers", "nothing is shared of them: each process knows them from the log")
    try:
        asyncio.run(_asked(shoppers_of(url, DOCTOR)))
    except Unavailable as error:
        said = f"{error.where} does not answer: processes know each other's acts a little later"
        return warning("shoppers", said, error.remedy)
    except LingxiError as error:
        return fault("shoppers", f"{error.what} ({error.where})", error.remedy)
    return ok("shoppers", "shared on a server that answers")


async def _asked(shared: Shoppers) -> None:
    try:
        await shared.read({})
    finally:
        await shared.close()


def _shop(home: Path, settings: Settings, folder: Path) -> Iterator[Finding]:
    name = folder.name
    yield ok(f"{name}: disk", ", ".join(f"{of} {size / 1e6:,.1f} MB" for of, size in disk.use(folder).items() if size))
    damaged = False
    for file in sorted(folder.rglob("*.db")):
        if faults := faults_of(file):
            damaged = True
            yield fault(f"{name}: {file.relative_to(folder)}", f"damaged: {faults[0]}", RESTORE)
        wal = file.with_name(f"{file.name}-wal")
        if wal.exists() and wal.stat().st_size > WAL_BYTES:
            said = f"{wal.stat().st_size / 1e9:,.1f} GB wait in {wal.name}"
            yield warning(f"{name}: {file.relative_to(folder)}", said, "end whatever reads it without end")
    if damaged:
        return
    yield ok(f"{name}: integrity", "every database is sound")
    try:
        parts = open_parts(home, settings, name)
    except LingxiError as error:
        yield fault(f"{name}: log", error.what, error.remedy)
        return
    try:
        yield from _log(name, parts)
        yield from _model(name, parts)
        yield _rules(name, parts)
        yield from _left(name, parts)
    finally:
        parts.close()


def _log(name: str, parts: Parts) -> Iterator[Finding]:
    head, saved = parts.log.head(), parts.checkpoints.latest_seq() or 0
    newest = max((each.received for each in parts.log.changes(max(0, head - 1), 1)), default=0)
    if newest > parts.clock.now() + FUTURE:
        said = "the newest change was received later than now"
        yield fault(f"{name}: clock", said, "set the machine's clock (NTP)")
    behind = head - saved
    if behind > LATE:
        said = f"{head:,} changes, {behind:,} of them after the last checkpoint"
        yield warning(f"{name}: log", said, "the next start folds them first: stop the server once in an orderly way")
    else:
        yield ok(f"{name}: log", f"{head:,} changes, a checkpoint at {saved:,}")


def _model(name: str, parts: Parts) -> Iterator[Finding]:
    newest = parts.log.releases(1)
    entry = newest[0].entry if newest else None
    if not isinstance(entry, Release) or entry.bundle is None:
        yield ok(f"{name}: model", "none is live: `lingxi train` makes one")
        return
    try:
        parts.bundles.open(entry.bundle)
        yield ok(f"{name}: model", f"'{entry.bundle}' is live, every file as it was sealed")
    except LingxiError as error:
        elsewhere = error.remedy if isinstance(error, Unavailable) else ""
        yield fault(f"{name}: model", error.what, elsewhere or "roll back: `lingxi models rollback`, or train again")


def _rules(name: str, parts: Parts) -> Finding:
    sets = parts.log.rule_sets(1)
    entry = sets[0].entry if sets else None
    if not isinstance(entry, RuleSet) or not entry.rules:
        return ok(f"{name}: rules", "no merchant rules are in force")
    return ok(f"{name}: rules", f"merchant rules in force: {len(entry.rules):,}, version {sets[0].seq:,}")


def _left(name: str, parts: Parts) -> Iterator[Finding]:
    """What was begun and has not ended."""
    training = told(parts.folder / TRAINING_FILE) or {}
    if training.get("state") == "failed":
        yield warning(f"{name}: training", str(training.get("error", "the last one failed")), "`lingxi train` again")
    if pending := Receipts(parts.folder).pending():
        said = f"{len(pending)} erasures are not complete"
        yield warning(f"{name}: erasures", said, "start the server, or `lingxi forget` the same again")
    if counts := parts.quarantine.counts():
        said = f"{sum(counts.values()):,} records wait: " + ", ".join(f"{rule} {n:,}" for rule, n in counts.items())
        yield ok(f"{name}: quarantine", said)
