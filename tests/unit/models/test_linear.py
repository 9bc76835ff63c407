"""The linear models against independent solutions of their equations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from learning_shop import DAY, START, goods_of, interactions
from lingxi.domain.history import Interactions
from lingxi.models import ease, ease_sparse
from lingxi.runtimes import neighbours
from lingxi.train.split import Histories

ITEMS, SHOPPERS = 40, 120
NOW = START + 60 * DAY
Doubles = npt.NDArray[np.float64]


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def a_shop(width: float = 4.0, most: int = 12) -> Interactions:
    """Shoppers with tastes, one item a day and none twice."""
    rng = np.random.default_rng(0)
    lines = []
    for shopper in range(SHOPPERS):
        taste = np.exp(-np.abs(np.arange(ITEMS) - rng.integers(ITEMS)) / width)
        chosen = rng.choice(ITEMS, size=int(rng.integers(4, most)), replace=False, p=taste / taste.sum())
        lines += [(shopper, int(item), day) for day, item in enumerate(chosen)]
    return interactions(lines)


def independent_ease(past: Interactions, penalty: float) -> Doubles:
    """EASE as its paper prints it (Steck 2019, algorithm 1), in double precision: items × items."""
    x = np.zeros((SHOPPERS, ITEMS))
    x[past.shopper, past.item] = 1.0
    gram = x.T @ x
    gram[np.diag_indices(ITEMS)] += penalty
    inverse = np.linalg.inv(gram)
    weights: Doubles = inverse / -np.diag(inverse)
    weights[np.diag_indices(ITEMS)] = 0.0
    return weights


def learnt(model: Any, past: Interactions) -> Doubles:
    """The weights that a fitted linear model keeps, by the item that was had."""
    model.fit(past, goods_of(ITEMS), NOW, None, silent)
    weights = np.zeros((ITEMS, ITEMS))
    rows = [int(name[1:]) for name in model.ids]
    for row, (near, likeness) in enumerate(zip(model.near, model.likeness, strict=True)):
        for other, value in zip(near[near >= 0], likeness[near >= 0], strict=True):
            weights[rows[row], rows[other]] = value
    return weights


@pytest.mark.parametrize("penalty", [1.0, 10.0, 100.0])
def test_ease_is_the_ease_of_its_paper(penalty: float) -> None:
    """Given any λ, the weights are those of an independent EASE to 1e-3."""
    past = a_shop()

    weights = learnt(ease.build(ease.Config(penalty=penalty), 0), past)

    np.testing.assert_allclose(weights, independent_ease(past, penalty), atol=1e-3)


def test_the_sparse_variant_among_all_items_is_ease() -> None:
    """Given every item among the nearest, each met with each, and no fading, the small systems have EASE's solution."""
    past = a_shop(width=40.0, most=25)

    weights = learnt(ease_sparse.build(ease_sparse.Config(penalty=10.0, among=ITEMS, threads=1), 0), past)

    np.testing.assert_allclose(weights, independent_ease(past, 10.0), atol=1e-3)


def test_what_is_served_ranks_as_the_independent_ease_does(tmp_path: Path) -> None:
    """Given an export, scores of a history are the sums of the independent weights."""
    past = a_shop()
    model = ease.build(ease.Config(penalty=10.0), 0)
    model.fit(past, goods_of(ITEMS), NOW, None, silent)
    ids = {name: number for number, name in enumerate(goods_of(ITEMS).ids)}
    runtime = neighbours.load(tmp_path, model.export(tmp_path, "ease"), ids)
    history, everything = Histories(past).of(5), np.arange(ITEMS, dtype=np.int32)

    scores = runtime.score(history, NOW, everything)

    np.testing.assert_allclose(scores, independent_ease(past, 10.0)[history.item].sum(axis=0), atol=1e-3)


def test_an_order_is_learnt_where_there_is_one() -> None:
    """Given shoppers who always take an item after the one before it, what comes after weighs and what came before does
    not."""
    rng = np.random.default_rng(1)
    lines = [
        (s, int((start + day) % ITEMS), day) for s, start in enumerate(rng.integers(0, ITEMS, 200)) for day in range(6)
    ]
    config = ease_sparse.Config(penalty=1.0, fade=1.0, back=0.0, threads=1)

    weights = learnt(ease_sparse.build(config, 0), interactions(lines))

    after = np.array([weights[item, (item + 1) % ITEMS] for item in range(ITEMS)])
    before = np.array([weights[item, (item - 1) % ITEMS] for item in range(ITEMS)])
    assert after.min() > 0.3
    assert np.abs(before).max() < 0.1
