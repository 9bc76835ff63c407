"""The figures of a ranking against those of ranx (Bassani 2022), an independent implementation.

`ranking.json` holds lists, what was relevant, and what ranx 0.3.21 says of them: to compare with the
ranx that is installed, `pip install --group golden` first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lingxi.metrics import ranking

FILE = Path(__file__).resolve().parents[2] / "golden" / "ranking.json"
K = 10
NAMES = ("recall", "precision", "ndcg", "mrr", "map", "hit_rate")


def cases() -> tuple[list[list[int]], list[list[int]]]:
    """Lists of up to twenty items, and up to ten relevant ones of each, some with none in the list."""
    rng = np.random.default_rng(7)
    ranked = [rng.choice(60, size=int(rng.integers(1, 21)), replace=False).tolist() for _ in range(200)]
    relevant = [rng.choice(60, size=int(rng.integers(1, 11)), replace=False).tolist() for _ in range(200)]
    return ranked, relevant


def ours(ranked: list[list[int]], relevant: list[list[int]]) -> dict[str, np.ndarray]:
    """Each figure at ten of each list."""
    picks = [np.array(each, dtype=np.int32) for each in ranked]
    right = [np.array(each, dtype=np.int32) for each in relevant]
    hits, sizes = ranking.mark(picks, right, 20), np.array([len(each) for each in relevant])
    return {
        "recall": ranking.recall(hits, sizes, K),
        "precision": ranking.precision(hits, K),
        "ndcg": ranking.ndcg(hits, sizes, K),
        "mrr": ranking.mrr(hits, K),
        "map": ranking.average_precision(hits, sizes, K),
        "hit_rate": ranking.hit_rate(hits, K),
    }


def theirs(ranked: list[list[int]], relevant: list[list[int]]) -> dict[str, list[float]]:
    """The same by ranx."""
    from ranx import Qrels, Run, evaluate

    names = [f"q{n:03}" for n in range(len(ranked))]
    qrels = Qrels({q: {f"d{i}": 1 for i in right} for q, right in zip(names, relevant, strict=True)})
    run = Run({q: {f"d{i}": 100.0 - p for p, i in enumerate(picks)} for q, picks in zip(names, ranked, strict=True)})
    found = evaluate(qrels, run, [f"{name}@{K}" for name in NAMES], return_mean=False)
    return {name: found[f"{name}@{K}"].tolist() for name in NAMES}


def compare(mine: dict[str, np.ndarray], other: dict[str, Any]) -> None:
    """Each figure of each list."""
    for name in NAMES:
        np.testing.assert_allclose(mine[name], other[name], atol=1e-12, err_msg=name)


def test_every_figure_is_the_one_that_ranx_gave() -> None:
    """Given two hundred lists, all six figures of each are those that were kept."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))

    assert (kept["ranked"], kept["relevant"]) == cases()
    compare(ours(kept["ranked"], kept["relevant"]), kept["values"])


def test_every_figure_is_the_one_that_ranx_gives() -> None:
    """Given the ranx that is installed, it says the same."""
    pytest.importorskip("ranx", reason="ranx is not installed (pip install --group golden)")

    compare(ours(*cases()), theirs(*cases()))
