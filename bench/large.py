"""A made-up export of any size, and how fast and in how much memory it is imported: called by `ingest.py --large`.

The file has a semicolon, a decimal comma, days first, returns as negative quantities under invoices that begin with C,
and half of its lines without a customer. It is the same for the same seed.
"""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ROWS = 500_000
START = 1_577_836_800
HEADER = "Belegnummer;Artikelnummer;Bezeichnung;Menge;Belegdatum;Einzelpreis;Kundennr;Land\n"
LANDS = ("Deutschland", "Österreich", "Schweiz", "Frankreich", "Italien")


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
    )
    return frame, int(orders[-1]) + 1, int(seconds[-1]) + 20


def timed(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Seconds that a command takes, and the most MB that it and its children held at once, each at its own peak."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True)
    seconds = time.perf_counter() - started
    return seconds, max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def figures(rows: int, seconds: float, megabytes: float) -> dict[str, Any]:
    """What the bench prints of it."""
    return {
        "import_rows": rows,
        "import_large_s": round(seconds, 1),
        "import_rows_per_s": round(rows / seconds),
        "import_rss_mb": round(megabytes),
    }
