"""Every ranker: it corrects an order that there is, and answers through its runtime as it did when it was fitted."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi import registry
from lingxi.domain.errors import NotEnoughData
from lingxi.ports.ranker import Examples
from lingxi.rankers import trees
from lingxi.runtimes._goals import Ranker
from lingxi.runtimes.linear import Linear
from lingxi.workflows._comparing import exported, loaded, ndcg

RANKERS = registry.names("rankers")
INPUTS = ("base.score", "left.score", "right.score", "noise.score", "idle.score")
BASE = Linear(
    INPUTS,
    missing=np.zeros(5, np.float32),
    mean=np.zeros(5, np.float32),
    scale=np.ones(5, np.float32),
    weights=np.array([1, 0, 0, 0, 0], np.float32),
    bias=0.0,
)
WORTH = np.array([0.1, 0.3, 1.0])


def slates(count: int = 300, size: int = 20, seed: int = 0) -> Examples:
    """What is bought has both `left` and `right`, or neither: no line over them says so. The base tells a little. A
    tenth of `right` is not known."""
    rng = np.random.default_rng(seed)
    n = count * size
    values = rng.normal(size=(n, 5)).astype(np.float32)
    odds = 0.7 * values[:, 0] + 2.0 * np.sign(values[:, 1] * values[:, 2]) - 3.0
    wanted = np.zeros((n, 3), np.bool_)
    wanted[:, 2] = rng.random(n) < 1.0 / (1.0 + np.exp(-odds))
    values[rng.random(n) < 0.1, 2] = np.nan
    values[rng.random(n) < 0.05, 3] = np.inf
    start = np.arange(0, n + 1, size, dtype=np.int64)
    ones = np.ones(n, np.float32)
    return Examples(
        INPUTS, values, wanted, BASE.score(values), ones, ones, start, np.arange(count, dtype=np.int32) // 2
    )


@pytest.fixture(scope="module", params=RANKERS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ranker:
    """A ranker that learnt from slates, as it serves."""
    folder = tmp_path_factory.mktemp(request.param)
    model = registry.load("rankers", request.param, "fit")(slates(180), 0, 60.0)
    return loaded(exported(model, BASE, folder), folder)


def test_it_finds_what_no_line_says(served: Ranker) -> None:
    """Given slates of days that it has not seen, its order is far better than the one that it corrects."""
    later = slates(150, seed=9)
    values = later.values[:, [INPUTS.index(name) for name in served.inputs]]

    corrected = np.nanmean(ndcg(later, served.towards({"purchase": 1.0}).score(values), WORTH))

    assert corrected > np.nanmean(ndcg(later, later.base, WORTH)) + 0.15


def test_its_chances_are_chances(served: Ranker) -> None:
    """Given its odds as chances, as many are bought as they say, among the likely and among the unlikely."""
    later = slates(300, seed=5)
    values = later.values[:, [INPUTS.index(name) for name in served.inputs]]

    chance = 1.0 / (1.0 + np.exp(-served.odds(values)[0]))

    for some in (chance < np.median(chance), chance >= np.median(chance)):
        assert chance[some].mean() == pytest.approx(later.wanted[some, 2].mean(), abs=0.04)


def test_what_each_input_adds_tells_the_decisive_from_the_idle(served: Ranker) -> None:
    """Given the parts of its scores, those of the inputs that decide are the greatest."""
    values = slates(20, seed=3).values[:, [INPUTS.index(name) for name in served.inputs]]

    weight = np.abs(served.towards({"purchase": 1.0}).parts(values)).mean(axis=0)

    assert weight.shape == (len(served.inputs),)
    told = dict(zip(served.inputs, weight, strict=True))
    assert min(told["left.score"], told["right.score"]) > 2 * told.get("idle.score", 0.0)


@pytest.mark.parametrize("name", RANKERS)
def test_too_little_is_told(name: str) -> None:
    """Given slates in which next to nothing was bought, the error says how much there was."""
    few = slates(10)
    few.wanted[:] = False

    with pytest.raises(NotEnoughData, match="0 of 200"):
        registry.load("rankers", name, "fit")(few, 0, 1.0)


def test_where_it_stood_is_not_taken_for_what_it_is() -> None:
    """Given clicks that fall with the position and with nothing else, when what stood first had a greater input, then
    the order that is learnt hardly follows that input."""
    examples = slates(400, size=10)
    rng = np.random.default_rng(2)
    position = np.tile(np.arange(1, 11, dtype=np.float32), 400)
    examples.values[:, 0] = rng.normal(size=4000) - 0.1 * position
    examples.wanted[:] = False
    examples.wanted[:, 0] = rng.random(4000) < 0.5 / position
    blind = Examples(**{**{n: getattr(examples, n) for n in examples.__slots__}, "base": examples.values[:, 0].copy()})
    told = Examples(**{**{n: getattr(blind, n) for n in blind.__slots__}, "position": position})

    follows = [float(trees.fit(each, 0, 1.0).pull[0]) for each in (blind, told)]

    assert follows[1] < 0.5 * follows[0]
