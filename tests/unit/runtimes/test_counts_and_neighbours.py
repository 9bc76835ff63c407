"""Runtimes by hand-made answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions
from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.models import item_knn, own_decayed, popular
from lingxi.nearest.top import nearest_allowed, nearest_here
from lingxi.runtimes import counts, neighbours
from lingxi.runtimes.linear import Linear
from lingxi.train.split import Histories

NOW = START + 30 * DAY
GOODS = goods_of(6)
IDS = {each: number for number, each in enumerate(GOODS.ids)}


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def test_popularity_counts_its_window(tmp_path: Path) -> None:
    """Given purchases in the window and before it, only the former count."""
    past = interactions([(0, 1, 1), (1, 1, 1), (2, 2, 10), (0, 3, 29), (1, 3, 28)])
    model = popular.build(popular.Config(window=28.0), 0)
    model.fit(past, GOODS, NOW, None, silent)

    items, scores = counts.load(tmp_path, model.export(tmp_path, "popular"), IDS).propose(
        Histories(past).of(9), NOW, 10
    )

    assert items.tolist() == [3, 2, 1]
    assert scores.tolist() == pytest.approx([1.0, 0.5, 0.0])


def test_own_purchases_fade(tmp_path: Path) -> None:
    """Given one purchase long ago twice and one yesterday, the decay decides, and what was never bought is last."""
    past = interactions([(0, 1, 0), (0, 2, 29), (1, 5, 29), (2, 5, 29)])
    model = own_decayed.build(own_decayed.Config(days=10.0), 0)
    model.fit(past, GOODS, NOW, None, silent)
    runtime = counts.load(tmp_path, model.export(tmp_path, "own"), IDS)

    items, scores = runtime.propose(Histories(past).of(0), NOW, 3)

    assert items.tolist() == [2, 1, 5]
    assert scores[:2].tolist() == pytest.approx([np.exp(-0.1), np.exp(-3.0)], rel=1e-4)


def test_what_is_bought_together_is_near(tmp_path: Path) -> None:
    """Given baskets of 0 with 1, and of 2 with 3, each is the other's nearest, and a history leads there."""
    lines = [(s, item, day) for s in range(4) for day in range(5) for item in ((0, 1) if s % 2 else (2, 3))]
    model = item_knn.build(item_knn.Config(), 0)
    model.fit(interactions(lines), GOODS, NOW, None, silent)
    runtime = neighbours.load(tmp_path, model.export(tmp_path, "neighbours"), IDS)

    assert runtime.neighbours(0, 3)[0].tolist() == [1]
    assert runtime.neighbours(5, 3)[0].tolist() == []
    items, _ = runtime.propose(Histories(interactions([(7, 2, 29)])).of(7), NOW, 5)
    assert items.tolist() == [3]


@pytest.mark.parametrize("broken", ["items.json", "arrays.safetensors"])
def test_a_broken_file_is_told(broken: str, tmp_path: Path) -> None:
    """Given a file that is cut short, loading says which and what to do."""
    model = popular.build(popular.Config(), 0)
    model.fit(interactions([(0, 1, 29)]), GOODS, NOW, None, silent)
    component = model.export(tmp_path, "popular")
    (tmp_path / "popular" / broken).write_bytes(b"[")

    with pytest.raises(Incompatible) as error:
        counts.load(tmp_path, component, IDS)

    assert broken in error.value.where


def test_a_linear_model_fills_what_is_missing() -> None:
    """Given a missing value, its column's own value stands in; a column of another length is refused."""
    settings = {"inputs": ["a"], "missing": [3.0], "mean": [1.0], "scale": [2.0], "weights": [4.0], "bias": 0.5}

    scores = Linear.of(settings).score(np.array([[5.0], [np.nan], [-np.inf]], dtype=np.float32))

    assert scores.tolist() == pytest.approx([8.5, 4.5, 4.5])
    with pytest.raises(Incompatible):
        Linear.of({**settings, "mean": []})
    with pytest.raises(Incompatible):
        Linear.of(Component(name="blend", runtime="linear", folder="").settings)


@pytest.mark.parametrize("seed", range(40))
def test_the_nearest_of_the_allowed_are_those_of_a_full_sort(seed: int) -> None:
    """Given rows in any order, of nobody, not finite, equal, and a mask shorter than the numbers, then the best
    are those that sorting all of them finds."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 5_000))
    vectors = rng.normal(size=(rows, 4)).astype(np.float32).round(seed % 3)
    if seed % 4 == 0:
        vectors = vectors[np.argsort(vectors[:, 0])]
    vector = np.array([1, 0, 0, 0], np.float32)
    bias = np.where(rng.random(rows) < 0.02, rng.choice([np.nan, np.inf], rows), 0).astype(np.float32)
    number = np.where(rng.random(rows) < 0.1, -1, rng.permutation(rows))
    mask = rng.random(max(rows - 5, 1)) < rng.choice([0.01, 0.3, 1.0])
    scores = vectors[:, 0] + bias
    allowed = (number >= 0) & (number < len(mask)) & mask.take(number, mode="clip") & np.isfinite(scores)
    n = int(rng.choice([0, 1, 20, 200, 7_000]))

    order = np.flatnonzero(allowed)[np.argsort(-scores[allowed], kind="stable")][:n]

    for find in (nearest_allowed, nearest_here):
        places, found = find(vectors, bias, vector, number, mask, n)
        assert places.tolist() == order.tolist()
        assert found.tolist() == scores[order].tolist()


@pytest.mark.parametrize("find", [nearest_allowed, nearest_here])
def test_the_nearest_are_found_where_the_sample_deceives(find: Callable[..., Any]) -> None:
    """Given rows of which each eighth is far ahead of all others, when more than these are wanted, they are found."""
    scores = np.where(np.arange(4_000) % 8 == 0, 100.0, 0.0) + np.random.default_rng(0).random(4_000)
    vectors, one = scores.astype(np.float32)[:, None], np.ones(1, np.float32)

    places, _ = find(vectors, np.zeros(4_000, np.float32), one, np.arange(4_000), np.ones(4_000, np.bool_), 700)

    assert places.tolist() == np.argsort(-vectors[:, 0], kind="stable")[:700].tolist()


def test_both_ways_to_the_best_work_in_one_process_whichever_is_first() -> None:
    """Given kernels that are kept compiled, when a new process asks for the best of products and then of scores, or the
    other way round, then it gets both."""
    code = (
        "import numpy as np\n"
        "from lingxi.nearest.top import nearest, top\n"
        "one = np.ones(2, np.float32)\n"
        "calls = [lambda: nearest(np.eye(2, dtype=np.float32), one, one, 1)[0], lambda: top(one, 1)]\n"
        "for call in calls[::{step}]: assert len(call()) == 1\n"
    )
    for step in (1, -1, 1):
        subprocess.run([sys.executable, "-c", code.replace("{step}", str(step))], check=True)
