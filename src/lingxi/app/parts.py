"""Which backend stands behind each port. A new backend is named here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from lingxi import registry
from lingxi.app.told import identity
from lingxi.backends._sqlite import copy_database, faults_of
from lingxi.backends.checkpoints.folder import open_checkpoints
from lingxi.backends.clock.system import SystemClock
from lingxi.backends.encoder import use
from lingxi.backends.keys.sqlite import open_keys
from lingxi.backends.log.sqlite import SqliteLog, open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.backends.slates.sqlite import open_slates
from lingxi.config import Settings
from lingxi.domain.errors import Invalid, Unavailable
from lingxi.ports.bundles import Bundles
from lingxi.ports.checkpoints import Checkpoints
from lingxi.ports.clock import Clock
from lingxi.ports.encoder import TextEncoder
from lingxi.ports.executor import Executor
from lingxi.ports.keys import Keys
from lingxi.ports.quarantine import Quarantine
from lingxi.ports.shoppers import Shoppers
from lingxi.ports.slates import Slates
from lingxi.workflows.backup import Databases
from lingxi.workflows.forget import Ground

DEFAULT_SHOP: Final = "default"
SHOPS: Final = "shops"
PROBE_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Parts:
    """What one shop stands on: its folder, and a backend for each port. `log` is its catalog too."""

    shop: str
    folder: Path
    log: SqliteLog
    quarantine: Quarantine
    slates: Slates
    checkpoints: Checkpoints
    bundles: Bundles
    clock: Clock

    def ground(self) -> Ground:
        """What forgetting works on."""
        return Ground(self.log, self.quarantine, self.slates, self.checkpoints, self.bundles, self.folder)

    def shared(self, url: str) -> Shoppers | None:
        """Where the processes that serve the shop share what they know of shoppers; None for "".

        Raises:
            Unknown, Invalid: as `shoppers_of` does.
        """
        return shoppers_of(url, identity(self.folder)) if url else None

    def probe(self) -> None:
        """Tries whether the log could store something now.

        Raises:
            Unavailable: the disk is full, the folder read-only, the database locked.
        """
        scratch = self.folder / "probe"
        try:
            scratch.write_bytes(bytes(PROBE_BYTES))
            scratch.unlink()
        except OSError as error:
            what = f"the folder cannot be written: {error.strerror}"
            raise Unavailable(what, where=str(self.folder), remedy="free some space, or the right to write") from None
        self.log.append([])

    def close(self) -> None:
        """Releases what is held."""
        self.slates.close()
        self.log.close()


def shop_name(name: str) -> str:
    """A shop's name, if it may be one: it names a folder.

    Raises:
        Invalid: it may not.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        remedy = "use up to 64 small letters, digits, - and _, a letter or digit first"
        raise Invalid(f"'{name[:80]}' cannot be a shop's name", where="shop", remedy=remedy)
    return name


def folder_of(home: Path, shop: str = DEFAULT_SHOP) -> Path:
    """The folder of a shop; nothing of it lies elsewhere."""
    return home / SHOPS / shop_name(shop)


def open_parts(home: Path, settings: Settings, shop: str = DEFAULT_SHOP) -> Parts:
    """Opens one shop's backends, and makes what is not there yet.

    Raises:
        Unavailable: the folder cannot be written.
        Incompatible: something in it was written by a newer Lingxi.
    """
    folder = folder_of(home, shop)
    clock = SystemClock()
    return Parts(
        shop=shop,
        folder=folder,
        log=open_log(folder, settings.cleaning.leave_out),
        quarantine=open_quarantine(folder),
        slates=open_slates(folder, settings.slates.retention_days, clock),
        checkpoints=open_checkpoints(folder),
        bundles=bundles_of(settings.models.store, folder, shop),
        clock=clock,
    )


def bundles_of(url: str, folder: Path, shop: str) -> Bundles:
    """Where a shop's models are kept: its folder for "", else what the URL's scheme names; nobody is asked yet.

    Raises:
        Unknown: there is no such store; the remedy names those that there are.
        Invalid: the URL cannot be read, or what it needs is not installed.
    """
    scheme = url.partition(":")[0].lower() if url else "folder"
    try:
        bundles: Bundles = registry.load("backends/bundles", scheme, "open_bundles")(folder, shop, url)
    except ModuleNotFoundError as error:
        what, remedy = f"'{scheme}' needs the package {error.name}", "pip install 'lingxi[s3]'"
        raise Invalid(what, where="models.store", remedy=remedy) from None
    return bundles


def shoppers_of(url: str, shop: str) -> Shoppers:
    """What is shared of the shoppers of a shop, by its `identity`; nobody is asked yet.

    Raises:
        Unknown: there is no such store; the remedy names those that there are.
        Invalid: the URL cannot be read, or what it needs is not installed.
    """
    scheme = url.partition(":")[0].lower()
    try:
        shoppers: Shoppers = registry.load("backends/shoppers", scheme, "open_shoppers")(url, shop)
    except ModuleNotFoundError as error:
        what, remedy = f"'{scheme}' needs the package {error.name}", "pip install 'lingxi[valkey]'"
        raise Invalid(what, where="state.shoppers", remedy=remedy) from None
    return shoppers


def executor_of(name: str, workers: int) -> Executor:
    """Who does what can be done side by side.

    Raises:
        Unknown: there is no such executor; the remedy names those that there are.
    """
    executor: Executor = registry.load("backends/executors", name, "open_executor")(workers)
    return executor


def encoder_of(url: str) -> TextEncoder | None:
    """What makes vectors of texts: its scheme names the backend, a path is a folder's. None with `none`, or with `auto`
    where the wheel of the usual one is not installed.

    Raises:
        Unknown: there is no such encoder; the remedy names those that there are.
        Unavailable, Invalid: it is not installed, or not there.
    """
    if url == "none" or (url == "auto" and not use.installed()):
        return None
    whole = "use:" if url == "auto" else f"file:{quote(url)}" if url.startswith(("/", ".", "~")) else url
    encoder: TextEncoder = registry.load("backends/encoder", whole.partition(":")[0].lower(), "open_encoder")(whole)
    return encoder


def keys_of(home: Path) -> Keys:
    """The keys of a home."""
    return open_keys(home, SystemClock())


def databases() -> Databases:
    """How a backup copies and checks."""
    return Databases(copy=copy_database, faults=faults_of, head=_head)


def _head(log: Path) -> int:
    opened = open_log(log.parent)
    try:
        return opened.head()
    finally:
        opened.close()
