"""What other processes say of themselves: small JSON files in the shop's folder."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec
import psutil

IMPORT_FILE: Final = "import.json"
TRAINING_FILE: Final = "training.json"
SERVING_FILE: Final = "serving.json"
IDENTITY_FILE: Final = "identity"


def told(file: Path) -> dict[str, Any] | None:
    """What the file says; None where there is none, or no whole one."""
    try:
        found = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return found if isinstance(found, dict) else None


def tell(file: Path, what: object) -> None:
    """Replaces what the file says, as a whole."""
    scratch = file.with_name(file.name + ".new")
    scratch.write_bytes(msgspec.json.encode(what))
    scratch.replace(file)


def identity(folder: Path) -> str:
    """What tells this shop's folder from all others, made when it is first asked for; a backup does not hold it."""
    file = folder / IDENTITY_FILE
    scratch = file.with_name(f"{IDENTITY_FILE}.{os.getpid()}")
    if not file.exists():
        scratch.write_text(uuid4().hex)
        # Of several processes that make one, the first one's stays.
        with contextlib.suppress(FileExistsError):
            os.link(scratch, file)
        scratch.unlink()
    return file.read_text()


def tell_serving(folder: Path, pid: int) -> None:
    """Says that this process serves the shop, by itself or by those that it started."""
    tell(folder / SERVING_FILE, {"pid": pid, "since": psutil.Process(pid).create_time()})


def serving(folder: Path) -> int | None:
    """The process that serves the shop of this folder, None if there is none."""
    said = told(folder / SERVING_FILE) or {}
    try:
        found = psutil.Process(int(said.get("pid", 0)))
        return found.pid if found.pid and abs(found.create_time() - float(said["since"])) < 1.0 else None
    except (psutil.Error, KeyError, TypeError, ValueError):
        return None


def training(folder: Path) -> dict[str, Any] | None:
    """What the training that runs in the shop of this folder, or ran last, says of itself."""
    said = told(folder / TRAINING_FILE)
    if said and said.get("state") == "running" and not psutil.pid_exists(int(said.get("pid", 0))):
        said |= {"state": "failed", "error": "it was stopped in the middle; start it again with `lingxi train`"}
    return said
