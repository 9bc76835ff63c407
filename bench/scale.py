"""What size costs: one epoch of `sasrec` on made-up logs (`datasets/made_up.py`) from ten thousand items to a million.

Events grow in proportion, twenty an item, unless `--events` fixes them. Each log is written as Parquet once, in
`.cache/bench`; then a process makes a snapshot of it, and one more learns an epoch with a sampled softmax, writes its
note and exports. Where the softmax over the whole catalogue takes no more than a minute or so, it is measured too.
`rss_mb` is the most that a process held, `own_mb` the same without pages of files, which the system takes back when it
needs them. `fit_mb` is what the fit added to what was held before it, `need_mb` what the model said it would.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import altair as alt
import vl_convert
from _report import ROOT, finish, settings
from _shop import CACHE

from lingxi.datasets.made_up import MadeUp

LOGS: Final = CACHE / "made_up"
PLOT: Final = ROOT / "docs" / "images" / "scale.svg"
WHOLE: Final = 2e12
"""Operations of an epoch up to which the whole softmax is measured too."""
WIDTH: Final = 64
SAMPLE: Final = 4096


def written(shop: MadeUp) -> Path:
    """The folder of a log, from the cache if it is there."""
    folder = LOGS / f"{shop.catalogue}-{shop.acts}-{shop.seed}"
    if not (folder / ".written").exists():
        print(f"writing {shop.acts:,} events on {shop.catalogue:,} items (once) …", flush=True)
        shop.write(folder)
        (folder / ".written").touch()
    return folder


def apart(threads: int, *arguments: str) -> dict[str, Any]:
    """What a part found in a process of its own.

    Raises:
        SystemExit: it failed; what it said is shown.
    """
    env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    asked = [sys.executable, str(Path(__file__).with_name("_epoch.py")), *arguments]
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows_of(shop: MadeUp, threads: int) -> list[dict[str, Any]]:
    """One row for each softmax."""
    log = written(shop)
    home = log / "snapshot"
    shutil.rmtree(home, ignore_errors=True)
    made = apart(threads, "snapshot", str(log), str(home))
    ways = {"sampled": SAMPLE}
    if 6.0 * shop.acts * shop.catalogue * WIDTH <= WHOLE:
        ways["whole"] = 0
    rows = []
    for name, negatives in ways.items():
        found = apart(threads, "fit", str(home), json.dumps({"negatives": negatives, "threads": threads}))
        rows.append({"name": f"{shop.catalogue}_{name}", "softmax": name, "catalogue": shop.catalogue, **made, **found})
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    shutil.rmtree(home)
    return rows


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Draws seconds and memory by the size of the catalogue."""
    named = {"epoch_s": "seconds an epoch", "rss_mb": "MB held", "own_mb": "MB held, without pages of files"}
    values = [
        {"items": row["catalogue"], "softmax": row["softmax"], "figure": said, "value": row[key]}
        for row in rows
        for key, said in named.items()
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(point=True)
        .encode(
            x=alt.X("items:Q", title="items", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s", tickCount=3)),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(type="log")),
            color=alt.Color("softmax:N"),
            column=alt.Column("figure:N", title=None, sort=list(named.values())),
        )
        .properties(width=240, height=200)
        .resolve_scale(y="independent")
    )
    path.write_text(str(vl_convert.vegalite_to_svg(chart.to_dict())), encoding="utf-8")


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--per-item", type=int, default=20, help="events an item")
    parser.add_argument("--events", type=int, help="as many at every size")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--note", default="", help="kept with the figures: what else the machine was doing, say")
    options = parser.parse_args()
    told = settings(**vars(options), width=WIDTH, negatives=SAMPLE)
    rows: list[dict[str, Any]] = []
    for items in options.items:
        acts = options.events or items * options.per_item
        rows += rows_of(MadeUp(catalogue=items, acts=acts, bought=0.0, seed=options.seed), options.threads)
    plot(rows, PLOT)
    finish("scale", told, {"rows": [{key: value for key, value in row.items() if key != "softmax"} for row in rows]})


if __name__ == "__main__":
    main()
