"""What has seen what is to be foretold is found and refused."""

from __future__ import annotations

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions, two_tastes
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import Invalid
from lingxi.train import blend
from lingxi.train import fit as fitting
from lingxi.train.leak import check_acts, check_inputs
from lingxi.train.split import leave_one_out, split

END = START + 30 * DAY
NAMES = ("own_frequency.days_30", "log popularity.week")


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def test_an_honest_split_is_let_be() -> None:
    """Given a cut in time, and each shopper's last choice left out, there is nothing to say."""
    whole = two_tastes()
    for apart in (split(whole, START + 20 * DAY, 5), leave_one_out(whole), leave_one_out(whole, 1)):
        check_acts(apart.past, apart.at, apart.future)


def test_a_past_that_holds_the_answers_is_refused() -> None:
    """Given validation days that were not taken out of the past, no fit begins: it says of how many shoppers."""
    past = interactions([(shopper, item, 10 + item) for shopper in range(12) for item in range(10)])
    validation = past.where((past.at >= START + 15 * DAY) & (past.shopper < 3))

    with pytest.raises(Invalid, match="the past of 3 shoppers reaches into") as error:
        fitting.fit(Recipe(model="popular", settings={}), past, goods_of(20), END, validation, silent)

    assert "split both" in error.value.remedy


def told(leaked: bool) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of which a fifth was bought, with one input that says a little of it, and one that is noise, or that
    was counted a week too late."""
    rng = np.random.default_rng(4)
    bought = rng.random(1000) < 0.2
    honest = bought + rng.normal(0, 1, 1000)
    other = bought + (rng.random(1000) < 0.3) * 0.4 if leaked else rng.random(1000)
    return np.stack([honest, other], axis=1).astype(np.float32), bought


def test_an_input_that_gives_the_answer_away_is_named() -> None:
    """Given an input that is greater for all that was bought, the blend is not fitted: the feature's file is named."""
    matrix, bought = told(leaked=True)
    matrix[::7, 0] = np.nan

    with pytest.raises(Invalid, match=r"input 'log popularity.week' gives away") as error:
        blend.fit(NAMES, matrix, bought)
    assert "features/popularity.py" in error.value.remedy
    # It is no better where it is the other way round.
    with pytest.raises(Invalid, match="gives away"):
        check_inputs(NAMES, -matrix, bought, "here")


def test_inputs_that_say_something_are_no_leak() -> None:
    """Given honest inputs, the blend is fitted, and weighs the one that says something."""
    model = blend.fit(NAMES, *told(leaked=False))

    assert model.weights[0] > abs(model.weights[1])
