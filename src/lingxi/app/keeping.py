"""Backs a whole home up and restores it, with the backends that it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import lingxi
from lingxi.app.parts import SHOPS, databases, open_parts
from lingxi.app.told import serving
from lingxi.backends.clock.system import SystemClock
from lingxi.config import Settings
from lingxi.domain.errors import Refused
from lingxi.state.checkpoint import digest
from lingxi.workflows import backup
from lingxi.workflows.forget import remake


class Restored(NamedTuple):
    """A shop that was restored: its last `seq`, and the digest of its state."""

    shop: str
    seq: int
    digest: str


def back_up(home: Path, to: Path) -> backup.Backup:
    """Backs the home up, while it serves; raises as `workflows.backup.back_up` does."""
    return backup.back_up(home, to, databases(), SystemClock().now(), lingxi.__version__)


def restore(source: Path, home: Path, settings: Settings, *, overwrite: bool) -> list[Restored]:
    """Restores a home, and folds the state of each shop anew; raises as `workflows.backup.restore` does.

    Raises:
        Refused: a server has one of its shops open.
    """
    for shop in sorted((home / SHOPS).glob("*")):
        if (process := serving(shop)) is not None:
            what = f"process {process} serves shop '{shop.name}'"
            raise Refused(what, where=str(home), remedy="stop it first")
    about = backup.restore(source, home, databases(), SystemClock().now(), overwrite=overwrite)
    return [_folded(home, settings, shop) for shop in sorted(about.shops)]


def _folded(home: Path, settings: Settings, shop: str) -> Restored:
    parts = open_parts(home, settings, shop)
    try:
        state = remake(parts.ground().log, parts.checkpoints)
        return Restored(shop, state.cursor, digest(state))
    finally:
        parts.close()
