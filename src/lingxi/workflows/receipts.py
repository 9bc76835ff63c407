"""Receipts of what was forgotten: small files, which name nobody once it is complete."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from lingxi.domain.errors import Unknown

FOLDER: Final = "erasures"


class Forgotten(Struct, frozen=True, kw_only=True):
    """What was found of a person, where, and that it is gone. It tells no id of theirs.

    `asked`, `complete`: µs UTC; `complete` is null while the state is made again and files are gone through. `seq` is
    the change that tells it to whoever follows the log, null when the log held nothing. `found` counts, by place, what
    was erased. `left` names files in which the id still stands though Lingxi does not write them, and `verified` says
    whether every byte of the shop's folder was looked through (not for ids that are a number, or of fewer than six
    bytes).
    """

    receipt: str
    asked: int
    seq: int | None
    found: dict[str, dict[str, int]]
    complete: int | None = None
    verified: bool = False
    left: tuple[str, ...] = ()


class Pending(Struct, frozen=True, kw_only=True):
    """A receipt on disk; `shoppers` (`u:…`, `s:…`) are whom it is about, nobody once it is complete.

    `begun`: the log holds nothing of them any more. Until then `by` is the process that erases it.
    """

    told: Forgotten
    shoppers: tuple[str, ...] = ()
    begun: bool = False
    by: int = 0


class Receipts:
    """The receipts in `<folder>/erasures/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def keep(self, pending: Pending) -> None:
        """Writes one, on disk before this returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        half = self.folder / f".{pending.told.receipt}.{os.getpid()}"
        with half.open("wb") as file:
            file.write(msgspec.json.encode(pending))
            file.flush()
            os.fsync(file.fileno())
        half.replace(self._file(pending.told.receipt))

    def show(self, receipt: str) -> Forgotten:
        """One receipt.

        Raises:
            Unknown: there is none.
        """
        found = _read(self._file(receipt)) if Path(receipt).name == receipt else None
        if found is None:
            what = f"there is no receipt '{receipt[:80]}'"
            raise Unknown(what, where="receipt", remedy="DELETE /v1/users/{id} answers with its name")
        return found.told

    def pending(self) -> list[Pending]:
        """Those that are not complete, the oldest first."""
        files = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        found = [each for each in map(_read, files) if each is not None and each.told.complete is None]
        return sorted(found, key=lambda each: each.told.asked)

    def complete(self, done: Sequence[Pending], now: int, left: Mapping[str, list[str]], verified: set[str]) -> None:
        """Says of each that it is complete, and drops whom it was about."""
        for each in done:
            ids = [name[2:] for name in each.shoppers]
            told = msgspec.structs.replace(
                each.told,
                complete=now,
                verified=all(id_ in verified for id_ in ids),
                left=tuple(sorted({file for id_ in ids for file in left.get(id_, ())})),
            )
            self.keep(Pending(told=told))

    def _file(self, receipt: str) -> Path:
        return self.folder / f"{receipt}.json"


def _read(file: Path) -> Pending | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Pending)
    except (OSError, msgspec.DecodeError):
        return None


def added(told: Forgotten, place: str, counts: dict[str, Any]) -> Forgotten:
    """The receipt with what was found in one more place."""
    kept = {name: int(count) for name, count in counts.items() if count}
    if not kept:
        return told
    before = told.found.get(place, {})
    whole = {name: before.get(name, 0) + kept.get(name, 0) for name in (*before, *kept)}
    return msgspec.structs.replace(told, found={**told.found, place: whole})
