"""How fast a SASRec learns: side by side with RecTools' (softmax loss) on the same data, width, layers and length.

`epoch_s` and `peer_epoch_s` are what learning takes, without reading data and without exams. `to_quality_s` is the
time from the start of our fit, exams included, until NDCG at 10 on validation first reaches a mark that was fixed
beforehand: what an earlier run had on validation when its test had .053. The floor is the time of an epoch's matrix
products alone (softmax and dense layers, forward and backward, without attention's), in the same run and precision.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
import torch
from _quality import figures, loaded, ranks
from _report import cpu, finish, settings
from _sets import DAY, Trial, leave_one_out
from _shop import CACHE

from lingxi.models._crew import Crew
from lingxi.models.sasrec import Config, build
from lingxi.nn.precision import bfloat16_is_fast
from lingxi.nn.softmax import COLUMNS, ROWS

PEER: Final = CACHE.parent / "peer" / "bin" / "python"
SHAPE: Final = {"width": 64, "layers": 2, "heads": 2, "length": 50}
WIDE: Final = 1
"""Of the dense layers, in widths, as RecTools has them."""
SEED: Final = 0
PLACES: Final = 1024
"""Of a part of a batch."""
MARKS: Final = {"beauty": 0.0720}
"""Of each set: NDCG at 10 on validation, fixed beforehand (docs/log.md)."""


class Told:
    """Remembers what the fit tells: seconds of each epoch, and when the mark was reached."""

    def __init__(self, mark: float) -> None:
        self.mark, self.start = mark, time.perf_counter()
        self.epochs: list[float] = []
        self.ndcg: list[float] = []
        self.reached: float | None = None

    def __call__(self, stage: str, done: float, **told: float) -> None:  # noqa: ARG002 (a promise of the port)
        """Prints an epoch."""
        if "epoch" not in told:
            return
        seconds = time.perf_counter() - self.start
        self.epochs.append(told["took"])
        self.ndcg.append(told.get("ndcg", float("nan")))
        if self.reached is None and told.get("ndcg", 0.0) >= self.mark:
            self.reached = seconds
        print(
            f"epoch {told['epoch']:.0f}: {told['took']:.2f} s, loss {told['loss']:.3f}, validation N@10 "
            f"{self.ndcg[-1]:.4f}, {seconds:.0f} s in all",
            flush=True,
        )


def ours(trial: Trial, options: argparse.Namespace) -> tuple[Told, dict[str, float], float]:
    """Our fit: what it told, the test's figures, and the peak of memory in MB."""
    given = {"epochs": options.epochs, "threads": options.threads, "minutes": 60.0, "negatives": 0}
    config = Config(**SHAPE, wide=WIDE, content=(), **given)
    told, model = Told(options.mark), build(config, SEED)
    model.fit(trial.past, trial.goods, trial.until, trial.validation, told)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as folder:
        component = model.export(Path(folder), "sasrec")
        found = figures(ranks(loaded(Path(folder), component, trial.goods), trial))
    return told, found, memory


def peer(trial: Trial, options: argparse.Namespace) -> dict[str, Any]:
    """RecTools' epochs on the same acts.

    Raises:
        SystemExit: it is not installed, or failed.
    """
    if not PEER.exists():
        sys.exit("RecTools is not installed: run `make peer`, or leave it out with --no-peer")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "acts.csv"
        with file.open("w", newline="") as sink:
            writer = csv.writer(sink)
            writer.writerow(("user_id", "item_id", "at"))
            first = int(trial.past.at.min())
            days = ((trial.past.at - first) // DAY).tolist()
            writer.writerows(zip(trial.past.shopper.tolist(), trial.past.item.tolist(), days, strict=True))
        given = {**SHAPE, "threads": options.threads, "epochs": options.peer_epochs}
        asked = [str(PEER), str(Path(__file__).parent / "_peer.py"), str(file)]
        asked += [f"--{name}={value}" for name, value in given.items()]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"RecTools failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def floor(trial: Trial, threads: int) -> float:
    """Seconds of an epoch's bare products, with `threads`."""
    sizes = np.bincount(trial.past.shopper)
    tokens = int(np.minimum(sizes, SHAPE["length"]).sum())
    places = int(np.maximum(np.minimum(sizes, SHAPE["length"] + 1) - 1, 0).sum())
    items = len(np.unique(trial.past.item))
    parts = max(1, places // PLACES)
    with Crew(threads) as crew:
        bare = _Products(items)
        crew.map(lambda _: bare.part(), range(threads))  # once, to warm up
        start = time.perf_counter()
        crew.map(lambda _: bare.part(), range(parts))
        seconds = time.perf_counter() - start
    # The parts held PLACES tokens; the dense layers see every token, of which the last of each sequence has no target.
    return seconds * max(tokens / (parts * PLACES), places / (parts * PLACES))


class _Products:
    """The products of a part of a batch, on random numbers."""

    def __init__(self, items: int) -> None:
        d = SHAPE["width"]
        kind = torch.bfloat16 if bfloat16_is_fast() else torch.float32
        self.rows = torch.randn(ROWS, d).to(kind)
        self.blocks = [torch.randn(min(COLUMNS, items - at), d).to(kind) for at in range(0, items, COLUMNS)]
        self.turned = [block.T.contiguous() for block in self.blocks]
        self.shares = [torch.randn(ROWS, len(block)).to(kind) for block in self.blocks]
        self.state = torch.randn(PLACES, d)
        self.dense = [torch.randn(d, n) for n in (3 * d, d, WIDE * d)] * SHAPE["layers"]

    def part(self) -> None:
        """Three products a block of the softmax, three a matrix of the layers (narrow is wide turned)."""
        for _ in range(PLACES // ROWS):
            for block, turned, share in zip(self.blocks, self.turned, self.shares, strict=True):
                self.rows @ turned
                share @ block
                share.T @ self.rows
        for matrix in (*self.dense, *self.dense[2::3]):
            out = self.state @ matrix
            out @ matrix.T
            self.state.T @ out


def arguments() -> argparse.Namespace:
    """What was asked for."""
    data = os.environ.get("BENCH_DATA")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(data) / "amazon-beauty" if data else None)
    parser.add_argument("--threads", type=int, default=2, help="of both")
    parser.add_argument("--epochs", type=int, default=30, help="of ours, at most")
    parser.add_argument("--peer-epochs", type=int, default=1, help="of RecTools'")
    parser.add_argument("--mark", type=float, help="NDCG at 10 on validation that is waited for")
    parser.add_argument("--no-peer", action="store_true", help="leave RecTools out")
    options = parser.parse_args()
    if options.data is None:
        parser.error("--data DIR (the folder of one set) or BENCH_DATA is needed")
    return options


def main() -> None:
    """Runs it."""
    options = arguments()
    trial = leave_one_out(options.data)
    options.mark = MARKS.get(trial.name, 1.0) if options.mark is None else options.mark
    told = settings(set=trial.name, seed=SEED, threads=options.threads, epochs=options.epochs, mark=options.mark)
    fitted, test, memory = ours(trial, options)
    bare = floor(trial, options.threads)
    other = {} if options.no_peer else peer(trial, options)
    epoch = float(np.median(fitted.epochs))
    slow = float(np.median(other["epochs"])) if other else None
    print(f"test, once: {test}")
    figures_: dict[str, Any] = {
        "epoch_s": round(epoch, 2),
        "peer_epoch_s": None if slow is None else round(slow, 1),
        "ratio": None if slow is None else round(slow / epoch, 1),
        "to_quality_s": None if fitted.reached is None else round(fitted.reached, 1),
        "floor_epoch_s": round(bare, 2),
        "over_floor": round(epoch / bare, 2),
        "precision": "bfloat16" if bfloat16_is_fast() else "float32",
        "cpu": cpu()["cpu"],
        "mb": round(memory),
        "peer_mb": None if not other else round(other["mb"]),
        "test": {name: round(value, 4) for name, value in test.items()},
    }
    finish("training", told, figures_)


if __name__ == "__main__":
    main()
