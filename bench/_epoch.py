"""Parts of `scale.py` in processes of their own, so that each one's memory is its own; the last line is JSON.

`snapshot LOG HOME` makes a snapshot of the Parquet files in a folder; `fit HOME ITEMS-SETTINGS` learns one epoch of it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil

LOOK_SECONDS: Final = 0.05
STATUS: Final = Path("/proc/self/status")


class Peak:
    """The most MB that this process held: `all` with pages of files, which the system may take back, and its `own`."""

    def __init__(self) -> None:
        self.all, self.own = held()

    def look(self) -> None:
        """Takes note of what is held now."""
        now = held()
        self.all, self.own = max(self.all, now[0]), max(self.own, now[1])


def held() -> tuple[float, float]:
    """MB that this process holds, with pages of files and without."""
    if not STATUS.exists():
        told = psutil.Process().memory_info().rss / 1e6
        return told, told
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    rss, own = (int(lines[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "RssAnon"))
    return rss, own


@contextmanager
def watched() -> Iterator[Peak]:
    """Looks at what is held until the end of the block."""
    peak, ended = Peak(), threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            peak.look()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield peak
    finally:
        ended.set()
        looking.join()
        peak.look()


def snapshot(log: Path, home: Path) -> dict[str, Any]:
    """Seconds and memory of making a snapshot of a log."""
    from lingxi.train.parquet import snapshot_of

    began = time.perf_counter()
    with watched() as peak:
        made = snapshot_of(sorted(log.glob("events-*.parquet")), log / "items.parquet", home)
    return {
        "acts": len(made.interactions),
        "snapshot_s": round(time.perf_counter() - began, 1),
        "snapshot_mb": round(peak.all),
        "snapshot_own_mb": round(peak.own),
    }


def fit(home: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Seconds and memory of one epoch, and of all of a fit with its export."""
    from lingxi.models.sasrec import Config, build
    from lingxi.ports.model import Estimating
    from lingxi.train.snapshot import ABOUT, read

    model = build(Config(epochs=1, minutes=600.0, **given), seed=0)
    found = read(next(home.glob(f"*/{ABOUT}")).parent)
    told: dict[str, float] = {}

    def watch(stage: str, done: float, **figures: float) -> None:  # noqa: ARG001 (a promise of the port)
        told.update(figures)

    before = held()[1]
    assert isinstance(model, Estimating)
    need = model.need(found.interactions, found.goods).bytes / 1e6
    with tempfile.TemporaryDirectory(dir=home) as folder, watched() as peak:
        began = time.perf_counter()
        model.resume_in(Path(folder) / "fit")
        model.fit(found.interactions, found.goods, found.about.until, None, watch)
        seconds = time.perf_counter() - began
        model.export(Path(folder), "sasrec")
    return {
        "items": len(model.ids),
        "epoch_s": round(told["took"], 1),
        "fit_s": round(seconds, 1),
        "rss_mb": round(peak.all),
        "own_mb": round(peak.own),
        "fit_mb": round(peak.own - before),
        "need_mb": round(need),
        "loss": round(told["loss"], 3),
    }


def main() -> None:
    """Runs the part that is named."""
    part, *rest = sys.argv[1:]
    home = Path(rest[-1] if part == "snapshot" else rest[0])
    print(json.dumps(snapshot(Path(rest[0]), home) if part == "snapshot" else fit(home, json.loads(rest[1]))))


if __name__ == "__main__":
    main()
