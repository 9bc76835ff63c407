"""Lingxi's cleaning beside the clean-up that articles teach, on one file into which known faults were sown.

The article's way, in pandas: `drop_duplicates`, `fillna(0)`, divide by the maximum, group counts. Each reads the same
CSV in a process of its own; time is from opening the file to being done (Lingxi's with ids and what goes to quarantine;
libraries are loaded and code is compiled before), memory the most that the process held. A fault is found where the
line is marked, repaired, held or taken as the duplicate that it is; by the article's way where it is dropped as one. A
line without a fault is touched wrongly where it is marked, or changed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from _report import ROOT, finish, settings

sys.path.insert(0, str(ROOT / "tests"))

import polars as pl

from seeded_faults import DUPLICATE, SCHEMA, Sown, sow

NOW = 2_000_000_000_000_000
ROWS = 65_536
Touched = list[tuple[int, str, bool]]
"""(row, what touched it, whether it changed or dropped the row, rather than marked it)."""


def warm_lingxi() -> None:
    """Compiles what is compiled once an installation."""
    from lingxi.ingest.around.surroundings import Surroundings

    acts = [{"kind": kind, "user": "u", "item": "i", "price": 1.0} for kind in ("view", *["purchase"] * 9)]
    Surroundings().facts(acts, NOW)


def clean_lingxi(path: Path) -> None:
    """Everything that an import does before the log: rules, ids, what is held and why; equal lines are one."""
    from lingxi.ingest.around.surroundings import Surroundings
    from lingxi.ingest.columns import prepare

    around, known = Surroundings(), set[str]()
    for frame in pl.read_csv(path, schema=SCHEMA).iter_slices(ROWS):
        known.update(prepare(frame, NOW, around=around).columns.id)


def touched_by_lingxi(path: Path) -> Touched:
    """The same once more, row by row."""
    from lingxi.ingest.around.surroundings import Surroundings
    from lingxi.ingest.columns import judge

    around, lines, touched, start = Surroundings(), set[tuple[object, ...]](), [], 0
    for frame in pl.read_csv(path, schema=SCHEMA).iter_slices(ROWS):
        judged = judge(frame, NOW, around)
        for column in ("repairs", "marks", "held"):
            for row, rules in enumerate(judged[column]):
                touched += [(start + row, rule, column != "marks") for rule in (rules.split(",") if rules else ())]
        for row, line in enumerate(judged.select(list(SCHEMA)).iter_rows()):
            touched += [(start + row, DUPLICATE, True)] * (line in lines)
            lines.add(line)
        start += len(frame)
    return touched


def warm_article() -> None:
    """Loads the library."""
    import pandas as pd

    pd.DataFrame({"a": [1.0, None]}).drop_duplicates().fillna(0).groupby("a").size()


def clean_article(path: Path) -> Any:
    """The steps in their order; the frame after `drop_duplicates` is given back."""
    import pandas as pd

    raw = pd.read_csv(path, dtype=dict.fromkeys(("kind", "user", "session", "item", "order"), str))
    kept = raw.drop_duplicates()
    filled = kept.fillna({name: 0 for name in kept.columns if kept[name].dtype.kind == "f"}).fillna("0")
    scaled = filled.assign(**{name: filled[name] / filled[name].max() for name in ("quantity", "price")})
    counts = [scaled.groupby(name).size().sort_values(ascending=False) for name in ("item", "user")]
    assert all(len(each) for each in counts)
    return raw, kept


def touched_by_article(path: Path) -> Touched:
    """What it dropped, and what was missing and became 0."""
    raw, kept = clean_article(path)
    touched: Touched = [(int(row), DUPLICATE, True) for row in raw.index.difference(kept.index)]
    missing = kept.isna()
    for name in ("quantity", "price", "user", "session", "item", "order"):
        touched += [(int(row), f"{name} became 0", True) for row in kept.index[missing[name]]]
    return touched


WAYS = {
    "lingxi": (warm_lingxi, clean_lingxi, touched_by_lingxi),
    "article": (warm_article, clean_article, touched_by_article),
}


def _run(way: str, path: Path, end: Any) -> None:
    warm, clean, touched = WAYS[way]
    warm()
    started = time.perf_counter()
    clean(path)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    end.send((seconds, peak, touched(path)))


def apart(way: str, path: Path) -> tuple[float, float, Touched]:
    """Seconds, the most MB that the process held, and what was touched: in a process of its own."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_run, args=(way, path, there))
    process.start()
    there.close()
    told: tuple[float, float, Touched] = here.recv()
    process.join()
    return told


def score(sown: Sown, touched: Touched) -> dict[str, Any]:
    """How many faults were found and missed, and how many lines without one were touched."""
    found = {(row, rule) for row, rule, _ in touched}
    faults = [(row, rule) for row, rules in enumerate(sown.faults) for rule in rules]
    right = sum(each in found for each in faults)
    changed = {row for row, _, changes in touched if changes and not sown.faults[row]}
    marked = {row for row, _, changes in touched if not changes and not sown.faults[row]}
    rare = {row for row, genuine in enumerate(sown.rare) if genuine}
    return {
        "found": right,
        "missed": len(faults) - right,
        "wrongly_changed": len(changed),
        "wrongly_marked": len(marked),
        "rare_sales_changed": len(changed & rare),
    }


def by_rule(sown: Sown, touched: dict[str, Touched]) -> list[dict[str, Any]]:
    """Of each kind of fault how many there are, how many each way finds, and how much of what Lingxi says is one."""
    rows = []
    for rule, count in sorted(Counter(rule for rules in sown.faults for rule in rules).items()):
        said = {way: {row for row, name, _ in found if name == rule} for way, found in touched.items()}
        right = {way: sum(rule in sown.faults[row] for row in each) for way, each in said.items()}
        precision = round(right["lingxi"] / max(len(said["lingxi"]), 1), 4)
        rows.append({"name": rule, "faults": count, **right, "precision": precision})
    return rows


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    told = settings(**vars(options))
    sown = sow(options.seed, options.scale, broken=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        sown.frame().write_csv(path)
        figures: dict[str, Any] = {
            "rows": len(sown.rows),
            "faults": sum(map(len, sown.faults)),
            "rare_sales": sum(sown.rare),
        }
        touched = {}
        for way in WAYS:
            seconds, peak, touched[way] = apart(way, path)
            figures[way] = {
                "seconds": round(seconds, 2),
                "rows_per_s": round(len(sown.rows) / seconds),
                "peak_mb": round(peak),
                **score(sown, touched[way]),
            }
        figures["rules"] = by_rule(sown, touched)
    finish("cleanup", told, figures)


if __name__ == "__main__":
    main()
