"""Training sees only the past (promise 5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions, two_tastes
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import Invalid, NotEnoughData, Unknown
from lingxi.domain.event import KIND_CODE
from lingxi.train import fit as fitting
from lingxi.train.split import Histories, leave_one_out, split


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def test_past_and_truth_meet_at_the_cut() -> None:
    """Given purchases on days 0, 5 and 9 and a cut at day 5, day 5 is truth, day 9 unless the window ends before."""
    whole = interactions([(1, 7, 0), (1, 7, 5), (1, 8, 5), (1, 9, 9)])
    cut = START + 5 * DAY

    apart = split(whole, cut, 4)

    assert apart.past.item.tolist() == [7]
    assert apart.truth.shopper.tolist() == [1]
    assert apart.truth.items[0].tolist() == [7, 8]
    assert apart.truth.new[0].tolist() == [False, True]
    assert split(whole, cut).truth.items[0].tolist() == [7, 8, 9]


def test_each_shoppers_last_choice_is_left_out() -> None:
    """Given one with three days, one with two and one with a single basket, the last of each day is held out in turn;
    the rest of its basket is in no past, and who has nothing before is not asked."""
    whole = interactions([(1, 7, 0), (1, 8, 3), (1, 9, 6), (1, 5, 6), (2, 7, 1), (2, 8, 9), (3, 4, 2), (3, 6, 2)])

    test, validation = leave_one_out(whole), leave_one_out(whole, 1)

    assert test.truth.shopper.tolist() == [1, 2]
    last = max((9, 5), key=lambda item: int(whole.tie[(whole.shopper == 1) & (whole.item == item)][0]))
    assert [each.tolist() for each in test.truth.items] == [[last], [8]]
    assert [Histories(test.past).of(who).item.tolist() for who in (1, 2)] == [[7, 8], [7]]
    assert sorted(Histories(test.past).of(3).item.tolist()) == [4, 6]
    # The validation item is that before it, and what is held out for the test is not in its past either.
    assert validation.truth.shopper.tolist() == [1]
    assert validation.truth.items[0].tolist() == [8]
    assert [Histories(validation.past).of(who).item.tolist() for who in (1, 2)] == [[7], [7]]


def test_where_nobody_comes_back_nothing_can_be_left_out() -> None:
    """Given a single basket each, the error says so."""
    with pytest.raises(NotEnoughData, match="nothing to leave out"):
        leave_one_out(interactions([(1, 7, 0), (1, 8, 0), (2, 7, 1)]))


def test_of_a_log_without_a_purchase_the_truth_is_what_was_looked_at() -> None:
    """Given views alone, they are what is to be foretold; beside one purchase they are not."""
    whole = interactions([(1, 7, 0), (1, 7, 5), (1, 8, 5), (2, 9, 6)])
    views = replace(whole, kind=np.full(len(whole), KIND_CODE["view"], whole.kind.dtype))
    cut = START + 5 * DAY

    truth = split(views, cut).truth

    assert [items.tolist() for items in truth.items] == [[7, 8], [9]]
    assert truth.new[0].tolist() == [False, True]
    views.kind[0] = KIND_CODE["purchase"]
    nothing = split(views, cut).truth
    assert len(nothing) == len(nothing.items) == len(nothing.new) == 0


def test_what_was_received_late_was_not_known() -> None:
    """Given an event of day 0 that was received after the cut, it is no part of the past."""
    whole = interactions([(1, 7, 0), (1, 8, 1)])
    late = replace(whole, received=whole.received + np.array([9 * DAY, 0]))

    assert split(late, START + 5 * DAY).past.item.tolist() == [8]


def test_truth_is_what_was_bought() -> None:
    """Given views after the cut, they are no truth."""
    whole = interactions([(1, 7, 0), (1, 8, 6)])
    seen = replace(whole, kind=np.array([KIND_CODE["purchase"], KIND_CODE["view"]], dtype=np.int8))

    assert len(split(seen, START + 5 * DAY).truth) == 0


def test_histories_are_in_order_and_by_shopper() -> None:
    """Given mixed lines, each shopper's history is theirs, in order of time, the newest if so many are asked for."""
    whole = interactions([(2, 5, 3), (1, 1, 0), (2, 6, 1), (1, 2, 4)])
    histories = Histories(whole)

    assert histories.of(2).item.tolist() == [6, 5]
    assert histories.of(1, newest=1).item.tolist() == [2]
    assert len(histories.of(3)) == 0


def test_a_fit_refuses_the_future() -> None:
    """Given a past that reaches beyond its end, the fit says so."""
    past = two_tastes(shoppers=4)

    with pytest.raises(Invalid, match="reaches beyond"):
        fitting.fit(Recipe(model="popular", settings={}), past, goods_of(20), START + DAY, None, silent)


def test_a_wrong_setting_is_named() -> None:
    """Given a setting that the model does not have, the error lists those it has; an unknown model, the nearest."""
    with pytest.raises(Invalid, match="width") as error:
        fitting.build(Recipe(model="popular", settings={"width": 3}))
    assert "window" in error.value.remedy
    with pytest.raises(Unknown) as unknown:
        fitting.build(Recipe(model="populr", settings={}))
    assert "popular" in unknown.value.remedy


def test_what_was_found_is_settled() -> None:
    """Given the epochs that validation found, the next recipe has them, and not the curve."""
    recipe = Recipe(model="sequence", settings={"width": 16, "epochs": 9})

    settled = fitting.settled(recipe, {"epochs": 4, "curve": []})

    assert settled.settings["epochs"] == 4
    assert "curve" not in settled.settings
