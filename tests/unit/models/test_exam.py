"""The exam counts ranks as sorting would, against the model on ties, and leaves out what cannot be an answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions
from lingxi import registry
from lingxi.models._ranks import ranks

torch = pytest.importorskip("torch")


def test_ranks_are_those_of_a_sorted_list() -> None:
    rng = np.random.default_rng(0)
    scores = rng.permutation(60).reshape(3, 20).astype(np.float32)
    wanted, first = np.array([4, 7, 0, 25]), np.array([0, 2, 3, 4])

    found = ranks(scores, wanted, first)

    order = [np.argsort(-row).tolist() for row in scores]
    assert found[:3].tolist() == [order[0].index(4), order[0].index(7), order[1].index(0)]
    assert found[3] == 20  # a row that does not exist is behind all


def test_ties_are_broken_against_the_model() -> None:
    scores = np.zeros((1, 10), dtype=np.float32)

    assert ranks(scores, np.array([0]), np.array([0, 1])).tolist() == [9]
    assert ranks(scores, np.array([0, 5]), np.array([0, 2])).tolist() == [8, 8]


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def recall_of(again: bool) -> float:
    """Validation recall in a shop in which everyone walks through its 30 items in order, once, and afterwards buys the
    next item, or again the one before the last."""
    lines = [(shopper, (shopper + day) % 30, day) for shopper in range(60) for day in range(12)]
    future = [(shopper, (shopper + (10 if again else 12)) % 30, 12) for shopper in range(60)]
    told: dict[str, Any] = {"epochs": 8, "width": 16, "layers": 1, "heads": 1, "length": 12, "threads": 1, "rate": 0.01}
    module = registry.module("models", "sasrec")
    found = module.build(module.Config(**told), 0).fit(
        interactions(lines), goods_of(30), START + 12 * DAY, interactions(future), silent
    )
    return float(max(each["recall"] for each in found["curve"]))


def test_what_a_shopper_had_is_an_answer_only_where_things_are_bought_again() -> None:
    assert recall_of(again=False) > 0.9
    assert recall_of(again=True) > 0.0
