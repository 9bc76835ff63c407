"""A made-up export of any size, and how it is imported and kept: called by `ingest.py --large`.

The file has a semicolon, a decimal comma, days first, returns as negative quantities under invoices that begin with C,
half of its lines without a customer, and columns that no recommender reads: 2 GB are ten million lines. It is the same
for the same seed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil
from _shop import CACHE, LINGXI, free_port, lingxi, wait_until_ready

ROWS = 500_000
START = 1_577_836_800
HEADER = (
    "Belegnummer;Artikelnummer;Bezeichnung;Menge;Belegdatum;Einzelpreis;Kundennr;Land;Lagerort;Zahlungsbedingung;"
    "Versandart;Sachbearbeitung;Niederlassung;Kostenstelle\n"
)
UNREAD = "Hauptlager Nord, Halle 3;Rechnung, 14 Tage netto;Paketdienst Standard;Innendienst 17;Musterstadt;KST-4711"
LANDS = ("Deutschland", "Österreich", "Schweiz", "Frankreich", "Italien")
LOOK_SECONDS = 0.1
START_SECONDS = 600.0
"""The longest that a start may take."""


def write(path: Path, size: int, seed: int = 0) -> int:
    """Writes a CSV file of `size` bytes or a little more; returns its rows."""
    rng = np.random.default_rng(seed)
    rows, order, at = 0, 100_000, START
    with path.open("wb") as file:
        file.write(HEADER.encode())
        while file.tell() < size:
            frame, order, at = _part(rng, order, at)
            file.write(frame.write_csv(None, separator=";", include_header=False).encode())
            rows += len(frame)
    return rows


def _part(rng: np.random.Generator, order: int, at: int) -> tuple[pl.DataFrame, int, int]:
    """Some rows, the next order's number and its time."""
    orders = order + np.cumsum(rng.random(ROWS) < 0.2)
    seconds = at + (orders - order) * 20
    item = np.minimum(rng.zipf(1.2, ROWS), 40_000)
    back = (orders % 50) == 7
    customer = np.where(orders % 2 == 0, 10_000 + orders * 2_654_435_761 % 300_000, 0)
    # A return takes back what was sold some orders before.
    sold = np.arange(ROWS) - 5_000
    item = np.where(back & (sold >= 0), item[sold], item)
    customer = np.where(back & (sold >= 0), customer[sold], customer)
    frame = pl.DataFrame(
        {"o": orders, "i": item, "t": seconds, "b": back, "c": customer, "q": rng.integers(1, 12, ROWS)}
    )
    frame = frame.select(
        pl.when("b").then(pl.format("C{}", "o")).otherwise(pl.col("o").cast(pl.String)),
        pl.format("A{}", "i").alias("item"),
        pl.format("Artikel Nummer {} in der Farbe Blau", "i").alias("name"),
        pl.when("b").then(-pl.col("q")).otherwise("q").alias("quantity"),
        (pl.col("t") * 1_000_000).cast(pl.Datetime("us")).dt.strftime("%d.%m.%Y %H:%M:%S").alias("at"),
        pl.format("{},{}", pl.col("i") % 90 + 1, pl.col("i") % 90 + 10).alias("price"),
        pl.when(pl.col("c") > 0).then("c").alias("customer"),
        pl.lit(pl.Series(LANDS)).gather(pl.col("c") % len(LANDS)).alias("land"),
        *(pl.lit(each).alias(f"unread {n}") for n, each in enumerate(UNREAD.split(";"))),
    )
    return frame, int(orders[-1]) + 1, int(seconds[-1]) + 20


def timed(command: list[str], home: Path) -> tuple[float, float]:
    """Seconds that a command over a home takes, and the most MB that all its processes held at one time.

    Raises:
        SystemExit: it failed.
    """
    env = {**os.environ, "LINGXI_HOME": str(home)}
    started = time.perf_counter()
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        most = _watched(process)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return time.perf_counter() - started, most


def _watched(process: subprocess.Popen[bytes]) -> float:
    """Looks at a process and its children until it ends: the most MB that they held together."""
    ended = threading.Event()
    found = [0.0]

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            found[0] = max(found[0], held(process.pid))

    looking = threading.Thread(target=look)
    looking.start()
    process.wait()
    ended.set()
    looking.join()
    return found[0]


def held(pid: int) -> float:
    """MB that a process and its children hold; what they share (code, mostly) counts once."""
    total = 0
    try:
        main = psutil.Process(pid)
        for each in [main, *main.children(recursive=True)]:
            total += each.memory_full_info().pss if psutil.LINUX else each.memory_info().rss
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        pass
    return total / 1e6


def started(home: Path) -> float:
    """Seconds from starting a server over a home to its being ready."""
    port = free_port()
    began = time.perf_counter()
    command = [*LINGXI, "serve", "--port", str(port)]
    env = {**os.environ, "LINGXI_HOME": str(home)}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, start_new_session=True) as server:
        try:
            wait_until_ready(port, server, START_SECONDS)
            return time.perf_counter() - began
        finally:
            server.terminate()


def kept(home: Path) -> dict[str, float]:
    """How a shop of this size starts, is read and is copied for a training."""
    folder = home / "shops" / "default"
    with_checkpoint = started(home)
    shutil.rmtree(folder / "checkpoints")
    without = started(home)
    seconds, megabytes = timed([sys.executable, str(Path(__file__).with_name("_snapshot.py")), str(folder)], home)
    return {
        "start_with_checkpoint_s": round(with_checkpoint, 1),
        "start_without_s": round(without, 1),
        "history_p99_ms": round(histories(folder), 2),
        "snapshot_s": round(seconds, 1),
        "snapshot_rss_mb": round(megabytes),
    }


def histories(folder: Path, asked: int = 500, seed: int = 0) -> float:
    """Milliseconds in which 99 of 100 shoppers' whole histories are read from the log."""
    from lingxi.backends.log.sqlite import open_log

    log = open_log(folder)
    try:
        names = np.random.default_rng(seed).choice(log.shopper_ids(), asked).tolist()
        spent = []
        for name in names:
            began = time.perf_counter()
            found = list(log.changes(0, 100_000, name))
            spent.append(time.perf_counter() - began)
            assert found, name
    finally:
        log.close()
    return float(np.percentile(spent, 99)) * 1e3


def run(size: int, seed: int) -> dict[str, Any]:
    """Writes the file, imports it into an empty home as a command, and looks how the shop is kept."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        export, home = Path(folder) / "export.csv", Path(folder) / "home"
        rows = write(export, size, seed)
        lingxi(home, "init")
        seconds, megabytes = timed([*LINGXI, "import", str(export), "--yes"], home)
        export.unlink()
        return {
            "rows": rows,
            "import_s": round(seconds, 1),
            "import_rows_per_s": round(rows / seconds),
            "import_rss_mb": round(megabytes),
            **kept(home),
        }
