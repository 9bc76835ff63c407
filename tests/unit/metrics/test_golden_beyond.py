"""What lists are like beside accuracy, against RecTools (Tikhonovich et al. 2022), an independent implementation.

`beyond.json` holds lists, acts and what RecTools 0.19 says of them: to compare with the RecTools that is installed,
`pip install --group golden` first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lingxi.metrics.coverage import coverage
from lingxi.metrics.diversity import diversity
from lingxi.metrics.novelty import novelty
from lingxi.metrics.popularity_bias import popularity
from lingxi.metrics.serendipity import serendipity

FILE = Path(__file__).resolve().parents[2] / "golden" / "beyond.json"
ITEMS, USERS, K = 60, 100, 10
CATEGORY = (np.arange(ITEMS) % 7).astype(np.int32)
Pairs = list[list[int]]


def cases() -> tuple[Pairs, Pairs, Pairs]:
    """Lists of at least ten items, what was relevant, and what everybody did before, each item once at most."""
    rng = np.random.default_rng(11)
    chance = 1.0 / np.arange(1, ITEMS + 1)

    def some(low: int, high: int) -> list[int]:
        size = int(rng.integers(low, high))
        found: list[int] = rng.choice(ITEMS, size=size, replace=False, p=chance / chance.sum()).tolist()
        return found

    ranked = [some(10, 20) for _ in range(USERS)]
    relevant = [some(1, 10) for _ in range(USERS)]
    # Everything was met once, so that no item is new.
    before = [sorted({*some(3, 15), user % ITEMS}) for user in range(USERS)]
    return ranked, relevant, before


def ours(ranked: Pairs, relevant: Pairs, before: Pairs) -> dict[str, Any]:
    """Each figure at ten of each list."""
    picks = [np.array(each, dtype=np.int32) for each in ranked]
    right = [np.array(each, dtype=np.int32) for each in relevant]
    acts = np.bincount(np.concatenate(before).astype(np.int64), minlength=ITEMS)
    # RecTools counts the share of shoppers where this counts the share of acts: a constant apart.
    apart = np.log2(acts.sum() / USERS)
    return {
        "serendipity": serendipity(picks, right, K, acts, ITEMS).tolist(),
        "popularity": popularity(picks, K, acts).tolist(),
        "novelty": (novelty(picks, K, acts) - apart).tolist(),
        "diversity": diversity(picks, K, CATEGORY).tolist(),
        "coverage": coverage(picks, K, ITEMS),
    }


def theirs(ranked: Pairs, relevant: Pairs, before: Pairs) -> dict[str, Any]:
    """The same by RecTools."""
    import pandas as pd
    from rectools import Columns
    from rectools.metrics import AvgRecPopularity, CatalogCoverage, IntraListDiversity, MeanInvUserFreq, Serendipity
    from rectools.metrics import PairwiseHammingDistanceCalculator as Hamming

    def table(lists: Pairs) -> Any:
        rows = [(user, item, place) for user, line in enumerate(lists) for place, item in enumerate(line, start=1)]
        return pd.DataFrame(rows, columns=[Columns.User, Columns.Item, Columns.Rank])

    reco, after, past = table(ranked), table(relevant), table(before)
    apart = Hamming(pd.DataFrame({"category": CATEGORY}, index=pd.Index(range(ITEMS), name=Columns.Item)))
    return {
        "serendipity": Serendipity(K).calc_per_user(reco, after, past, range(ITEMS)).tolist(),
        "popularity": AvgRecPopularity(K, normalize=True).calc_per_user(reco, past).tolist(),
        "novelty": MeanInvUserFreq(K).calc_per_user(reco, past).tolist(),
        "diversity": IntraListDiversity(K, distance_calculator=apart).calc_per_user(reco).tolist(),
        "coverage": CatalogCoverage(K, normalize=True).calc(reco, range(ITEMS)),
    }


def compare(mine: dict[str, Any], other: dict[str, Any]) -> None:
    """Each figure of each list."""
    assert set(mine) == set(other)
    for name, values in other.items():
        np.testing.assert_allclose(mine[name], values, atol=1e-12, err_msg=name)


def test_every_figure_is_the_one_that_rectools_gave() -> None:
    """Given a hundred lists, all figures of each are those that were kept."""
    compare(ours(*cases()), json.loads(FILE.read_text(encoding="utf-8")))


def test_every_figure_is_the_one_that_rectools_gives() -> None:
    """Given the RecTools that is installed, it says the same."""
    pytest.importorskip("rectools", reason="RecTools is not installed (pip install --group golden)")

    compare(ours(*cases()), theirs(*cases()))
