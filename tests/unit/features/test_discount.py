"""Who waits for bargains is known by what was paid of the list price."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lingxi.features._feature import DAY
from lingxi.state.state import State
from runs import SHOPPERS, Act, run_of


def read(acts: list[Act], name: str) -> np.ndarray:
    """A feature of every shopper."""
    state = State.empty()
    state.apply(run_of([*acts, Act(-1, "search", -1, 0)]))
    return state.shopper_feature(name, np.arange(SHOPPERS), DAY)


def test_one_bargain_is_no_habit():
    # given: one shopper with one bargain, one with eight of ten, one who pays in full
    acts = [Act(0, "purchase", 1, 1, price=5.0, list_price=10.0)]
    acts += [Act(1, "purchase", 1, k, f"b{k}", price=5.0 if k < 8 else 10.0, list_price=10.0) for k in range(10)]
    acts += [Act(2, "purchase", 1, k, f"c{k}", price=9.95, list_price=10.0) for k in range(10)]
    # then
    assert read(acts, "discount.share") == pytest.approx([1 / 3, 8 / 12, 0, 0])
    assert read(acts, "discount.depth") == pytest.approx([1 - 0.5 ** (1 / 3), 1 - 0.5 ** (8 / 12), 0, 0], rel=1e-5)


def test_what_has_no_list_price_says_nothing_and_a_gift_is_deep_but_finite():
    acts = [Act(0, "purchase", 1, 1, price=5.0), Act(0, "purchase", 1, 2, price=math.nan, list_price=10.0)]
    assert read(acts, "discount.share")[0] == 0
    gift = read([Act(0, "purchase", 1, 1, price=0.0, list_price=10.0)], "discount.depth")[0]
    assert 0.8 < gift < 1
