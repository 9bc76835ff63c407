"""What each thing that a net reads of acts, or aims at, is worth: fitted with all of them, and without one at a time.

The same log, seeds and epochs for both; the difference is paired, question by question, with its 95 % interval. The
whole catalogue is ranked, ties are broken against the model. Epochs are fixed, so that no choice is made on anything.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
import numpy.typing as npt
from _behaviour import Asked, made, movielens
from _quality import loaded, rank_of
from _report import finish, settings

from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import LingxiError
from lingxi.metrics.interval import paired
from lingxi.train import fit as fitting

K: Final = 10
READS: Final = ("kind", "query", "rating", "trait")
CONTENT: Final = ("category", "brand", "price", "words")
Doubles = npt.NDArray[np.float64]


def switches(asked: Asked) -> dict[str, dict[str, Any]]:
    """By what can be switched off in this log, the settings without it."""
    past, goods = asked.past, asked.goods
    wanted = np.unique(past.kind[past.item >= 0])
    there = {
        "kind": len(wanted) > 1,
        "query": bool((past.query != 0).any()),
        "rating": len(np.unique(past.value[np.isfinite(past.value)])) > 1,
        "trait": len(past.people.trait) > 0,
        "category": len(np.unique(goods.category)) > 1,
        "brand": len(np.unique(goods.brand)) > 1,
        "price": bool(np.isfinite(goods.price).any()),
        "words": any(goods.titles),
    }
    found: dict[str, dict[str, Any]] = {"aims": {"aims": "strongest"}} if len(wanted) > 1 else {}
    for setting, names in (("reads", READS), ("content", CONTENT)):
        for name in names:
            if there[name]:
                found[name] = {setting: [each for each in names if each != name]}
    return found | {"times": {"times": False}}


def whole(options: argparse.Namespace) -> dict[str, Any]:
    """The settings with everything."""
    return {
        "reads": list(READS),
        "content": list(CONTENT),
        "aims": "weighted",
        "times": True,
        "epochs": options.epochs,
        "threads": options.threads,
    }


def gains(asked: Asked, model: str, given: dict[str, Any], seeds: int) -> tuple[Doubles, Doubles]:
    """Hit and NDCG at K of each question, float64[q]: means over the seeds."""
    rank = np.stack([ranks(asked, Recipe(model=model, settings=given, seed=seed)) for seed in range(seeds)])
    hit = (rank > 0) & (rank <= K)
    return hit.mean(axis=0), (hit / np.log2(np.maximum(rank, 1) + 1.0)).mean(axis=0)


def ranks(asked: Asked, recipe: Recipe) -> npt.NDArray[np.int64]:
    """The rank of each right answer, 1 for the first; 0 where it is not in the list."""
    until = int(max(asked.past.at.max(), asked.at.max())) + 1
    model, _ = fitting.fit(recipe, asked.past, asked.goods, until, None, _silent)
    found = np.zeros(len(asked), dtype=np.int64)
    with tempfile.TemporaryDirectory() as folder:
        runtime = loaded(Path(folder), model.export(Path(folder), recipe.model), asked.goods)
        for place, (history, at, wanted) in enumerate(asked.questions()):
            found[place] = rank_of(runtime, history, at, wanted, masked=asked.masked)
    return found


def measure(asked: Asked, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each switch."""
    everything = gains(asked, options.model, whole(options), options.seeds)
    rows = []
    for name, without in switches(asked).items():
        if options.only and name not in options.only.split(","):
            continue
        blind = gains(asked, options.model, {**whole(options), **without}, options.seeds)
        row: dict[str, Any] = {"name": name}
        for figure, ours, theirs in zip(("r10", "n10"), everything, blind, strict=True):
            gap = paired(ours, theirs)
            row |= {figure: float(ours.mean()), f"{figure}_without": float(theirs.mean())}
            row |= {f"{figure}_gap": gap.estimate, f"{figure}_low": gap.low, f"{figure}_high": gap.high}
        rows.append({key: value if isinstance(value, str) else round(value, 5) for key, value in row.items()})
        print(
            f"{name:>10}  N@10 {row['n10']:.4f} with, {row['n10_without']:.4f} without: "
            f"{row['n10_gap']:+.4f} [{row['n10_low']:+.4f}, {row['n10_high']:+.4f}]",
            flush=True,
        )
    return rows


def _silent(stage: str, done: float, **told: float) -> None:
    """Nobody watches a fit here."""


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of MovieLens 100k as Parquet; a made-up shop without it")
    parser.add_argument("--model", default="sasrec", help="a net")
    parser.add_argument("--only", default="", help="switches with commas between them")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=1, help="fits with the seeds 0 to N − 1")
    parser.add_argument("--threads", type=int, default=2, help="of one fit")
    options = parser.parse_args()
    if options.seeds < 1 or options.epochs < 1:
        parser.error("--seeds and --epochs must be at least 1")
    return options


def main() -> None:
    """Runs it."""
    options = arguments()
    told = settings(model=options.model, seeds=list(range(options.seeds)), epochs=options.epochs)
    try:
        asked = made() if options.data is None else movielens(options.data)
        print(f"{asked.name}: {len(asked):,} questions, {len(asked.goods):,} items, {len(asked.past):,} acts before")
        rows = measure(asked, options)
    except LingxiError as error:
        sys.exit(f"ablation: {error}")
    finish(f"ablation_{asked.name}", told, {"rows": rows})


if __name__ == "__main__":
    main()
