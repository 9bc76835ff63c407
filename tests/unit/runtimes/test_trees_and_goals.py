"""How trees and nets answer without what fitted them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.rankers.trees import PARAMETERS, forest_of, known
from lingxi.runtimes import trees
from lingxi.runtimes._goals import Ranker
from lingxi.runtimes.linear import Linear
from lingxi.runtimes.trees import Forest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bench"))

from _trees import ensemble

WIDTH = 12


def line(weight: float = 1.0) -> Linear:
    """A linear model of WIDTH inputs, the last of which counts."""
    weights = np.zeros(WIDTH, np.float32)
    weights[-1] = weight
    zeros, ones = np.zeros(WIDTH, np.float32), np.ones(WIDTH, np.float32)
    return Linear(tuple(f"a{k}.score" for k in range(WIDTH)), zeros, zeros, ones, weights, 0.0)


@pytest.fixture(scope="module")
def grown() -> tuple[object, Forest, np.ndarray]:
    """LightGBM's model, the same trees as they serve, and values of which some are missing or infinite."""
    import lightgbm

    rng = np.random.default_rng(0)
    values = rng.normal(size=(6000, WIDTH)).astype(np.float32)
    values[rng.random(values.shape) < 0.05] = np.nan
    values[rng.random(values.shape) < 0.02] = np.inf
    values[rng.random(values.shape) < 0.02] = -np.inf
    wanted = rng.random(6000) < 1 / (1 + np.exp(1 - np.nan_to_num(values[:, 0] * values[:, 1], posinf=1, neginf=-1)))
    data = lightgbm.Dataset(known(values), wanted, group=[30] * 200)
    model = lightgbm.train({**PARAMETERS, "seed": 0}, data, 40)
    return model, forest_of([[each["tree_structure"] for each in model.dump_model()["tree_info"]]]), values[:500]


def test_trees_answer_as_lightgbm_does(grown: tuple[object, Forest, np.ndarray]) -> None:
    """Given LightGBM's trees, when they are walked, then the answers are its own to 1e-5, gaps and infinities too."""
    model, forest, values = grown

    assert forest.correct(values)[0] == pytest.approx(model.predict(known(values), raw_score=True), abs=1e-5)


def test_trees_answer_as_an_onnx_ensemble_does(grown: tuple[object, Forest, np.ndarray]) -> None:
    """Given the same trees as an ONNX ensemble, the answers are equal to 1e-5."""
    _, forest, values = grown
    session = onnxruntime.InferenceSession(ensemble(forest, WIDTH), providers=["CPUExecutionProvider"])

    told = session.run(None, {"x": known(values).astype(np.float32)})[0][:, 0]

    assert forest.correct(values)[0] == pytest.approx(told, abs=1e-5)


def test_the_parts_of_trees_make_their_answer(grown: tuple[object, Forest, np.ndarray]) -> None:
    """Given what each input adds, the sum and the roots are the answer."""
    _, forest, values = grown

    told = forest.parts(values[:50])[0].sum(axis=1) + forest.value[:, 0].sum()

    assert told == pytest.approx(forest.correct(values[:50])[0], abs=1e-4)


def two_goals(pull: float = 1.0) -> Ranker:
    """Clicks go with the last input, purchases against it; no trees."""
    inner = (1 << 2) - 1
    none = Forest(
        np.zeros((0, inner), np.int32),
        np.zeros((0, inner), np.float32),
        np.zeros((0, 2 * inner + 1), np.float32),
        np.zeros(0, np.int32),
        2,
    )
    pulls, ones = np.array([pull, -pull], np.float32), np.ones(2, np.float32)
    return Ranker(line().inputs, ("click", "purchase"), line(), pulls, ones, -2 * ones, none)


def test_the_weights_of_goals_decide_the_order() -> None:
    """Given clicks and purchases that pull apart, the order follows what is worth more; one goal alone is its odds."""
    values = np.zeros((3, WIDTH), np.float32)
    values[:, -1] = [-1.0, 0.0, 1.0]
    ranker = two_goals()

    assert np.argmax(ranker.towards({"click": 1.0, "purchase": 0.1}).score(values)) == 2
    assert np.argmax(ranker.towards({"click": 0.1, "purchase": 1.0}).score(values)) == 0
    alone = ranker.towards({"purchase": 1.0})
    assert alone.score(values) == pytest.approx(ranker.odds(values)[1], abs=1e-5)
    assert alone.parts(values)[:, -1] == pytest.approx(-values[:, -1], abs=1e-5)


def test_margin_weighs_a_purchase() -> None:
    """Given a weight of the margin, of two items that are as likely bought the one with more left comes first, and one
    without a cost in the middle; its part is told under the margin's name."""
    aim = two_goals().towards({"purchase": 1.0, "margin": 1.0})
    values = np.zeros((3, len(aim.inputs)), np.float32)
    values[:, -1] = [0.1, np.nan, 0.5]

    assert aim.inputs[-1] == "margin.share"
    assert np.argsort(-aim.score(values)).tolist() == [2, 1, 0]
    assert aim.parts(values)[2, -1] > aim.parts(values)[0, -1] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"goals": []}, "do not fit"),
        ({"goals": ["wish"]}, "do not fit"),
        ({"pull": [1.0, 2.0]}, "do not fit"),
        ({"offset": None}, "lacks|do not fit"),
        ({"base": {}}, "lacks"),
    ],
)
def test_a_broken_ranker_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    """Given settings of a ranker of which one is wrong, when it is loaded, then it is refused by name."""
    whole = {"goals": ["purchase"], "base": line().settings(), "pull": [1.0], "scale": [1.0], "offset": [0.0]}
    forest = forest_of([[{"leaf_value": 0.5}]])
    _write(tmp_path / "r", forest)

    assert trees.load(tmp_path, Component(name="ranker", runtime="trees", folder="r", settings=whole), {}).goals == (
        "purchase",
    )
    with pytest.raises(Incompatible, match=said):
        trees.load(tmp_path, Component(name="ranker", runtime="trees", folder="r", settings={**whole, **change}), {})


def test_trees_that_ask_for_an_input_that_there_is_not_are_refused(tmp_path: Path) -> None:
    """Given trees of another ranker, when they are loaded, then they are refused and not read out of bounds."""
    whole = {"goals": ["purchase"], "base": line().settings(), "pull": [1.0], "scale": [1.0], "offset": [0.0]}
    forest = forest_of([[{"leaf_value": 0.5}]])
    forest.feature[0, 0] = WIDTH
    _write(tmp_path / "r", forest)

    with pytest.raises(Incompatible, match="do not fit each other"):
        trees.load(tmp_path, Component(name="ranker", runtime="trees", folder="r", settings=whole), {})


def _write(folder: Path, forest: Forest) -> None:
    from safetensors.numpy import save_file

    folder.mkdir()
    save_file({name: getattr(forest, name) for name in trees.ARRAYS}, folder / "arrays.safetensors")
