"""What a look at the machine finds: versions, CPU, memory, disk, clock, port."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import psutil
from msgspec import Struct

import lingxi
from lingxi.config import Settings

PARTS: Final = (
    "litestar",
    "granian",
    "msgspec",
    "numpy",
    "numba",
    "polars",
    "pyarrow",
    "onnxruntime",
    "faiss-cpu",
    "sqlalchemy",
)
OLDEST_SQLITE: Final = (3, 35, 0)
LEAST_FREE: Final = 1 << 30
LEAST_MEMORY: Final = 512 << 20
BUILT: Final = 1_700_000_000
"""A clock before this (November 2023) is wrong."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: whether it is well, what was seen, and what to do where it is not."""

    name: str
    level: Literal["ok", "warning", "fault"]
    what: str
    remedy: str = ""


def ok(name: str, what: str) -> Finding:
    """Nothing needs to be done."""
    return Finding(name=name, level="ok", what=what)


def warning(name: str, what: str, remedy: str) -> Finding:
    """It works, and might not for long."""
    return Finding(name=name, level="warning", what=what, remedy=remedy)


def fault(name: str, what: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(name=name, level="fault", what=what, remedy=remedy)


def machine(home: Path, settings: Settings, needed: int) -> Iterator[Finding]:
    """Looks at the machine; `needed` are the bytes of the largest database, which may have to be written anew."""
    yield ok("lingxi", f"{lingxi.__version__} on Python {sys.version.split()[0]}, {sys.platform}")
    yield ok("libraries", ", ".join(f"{name} {metadata.version(name)}" for name in PARTS))
    yield _sqlite()
    yield _cpu()
    yield _memory()
    yield _disk(home, needed)
    yield _clock()
    yield _zone(settings.shop.timezone)


def _sqlite() -> Finding:
    said = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return fault("sqlite", said, "use a Python that brings SQLite 3.35 or newer")
    return ok("sqlite", said)


def _cpu() -> Finding:
    """What the processor can do decides how fast a slate and a training are."""
    found = np.show_config(mode="dicts")
    abilities = found["SIMD Extensions"]["found"] if found else []
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    said = f"{cores} cores, {', '.join(abilities) or 'no vector extensions'}"
    if not abilities and sys.platform == "linux":
        return warning("cpu", said, "slates are slower without AVX2; a newer machine type helps")
    if cores < 2:
        return warning("cpu", said, "training beside the server needs a second core")
    return ok("cpu", said)


def _memory() -> Finding:
    there = psutil.virtual_memory()
    said = f"{there.available / 1e9:,.1f} of {there.total / 1e9:,.1f} GB free"
    if there.available < LEAST_MEMORY:
        return warning("memory", said, "end other programs, or take a larger machine: training needs about 1 GB")
    return ok("memory", said)


def _disk(home: Path, needed: int) -> Finding:
    free = shutil.disk_usage(home).free
    said = f"{free / 1e9:,.1f} GB free at {home}"
    if free < LEAST_FREE // 10:
        return fault("disk", said, "free some space: soon nothing can be stored")
    if free < max(LEAST_FREE, needed):
        remedy = f"free some space: a backup and the rewriting of a database take up to {needed / 1e9:,.1f} GB"
        return warning("disk", said, remedy)
    return ok("disk", said)


def _clock() -> Finding:
    now = time.time()
    said = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < BUILT:
        return fault("clock", said, "set the machine's clock (NTP): events would be stored at wrong times")
    return ok("clock", said)


def _zone(name: str) -> Finding:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return fault("timezone", f"there is no time zone '{name}'", "set shop.timezone to an IANA name: Europe/Berlin")
    return ok("timezone", name)


def port(host: str, number: int, served: int | None) -> Finding:
    """Whether a server could listen there; `served` is the process of ours that may do so already."""
    if served is not None:
        return ok("port", f"process {served} serves this home")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), number))
        except OSError as error:
            said = f"{host}:{number}: {error.strerror}"
            return warning("port", said, "stop what listens there, or set server.port to another")
    return ok("port", f"{host}:{number} is free")
