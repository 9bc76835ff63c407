"""What every executor does, whoever works for it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from learning_shop import DAY, START, goods_of, two_tastes
from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import Invalid
from lingxi.models._steps import Diverged
from lingxi.ports.executor import Executor
from lingxi.train import fit as fitting
from lingxi.workflows import together

NEEDS = {"ray": "ray"}
TESTS = Path(__file__).resolve().parents[1]
CUT, END = START + 22 * DAY, START + 31 * DAY
SMALL: dict[str, Any] = {"epochs": 2, "width": 16, "layers": 1, "heads": 1, "length": 16, "minutes": 5.0, "threads": 1}


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Ray on this machine, started once for all of its tests."""
    import ray

    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS / "contracts"), str(TESTS), os.environ.get("PYTHONPATH", "")])
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


@pytest.fixture(params=registry.names("backends/executors"))
def executor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Executor:
    """Two workers, who know where this file lies."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS / "contracts"), prepend=os.pathsep)
    library = NEEDS.get(request.param)
    if library and importlib.util.find_spec(library) is None:
        pytest.skip(f"'{library}' is not installed: pip install 'lingxi[{library}]'")
    if request.param == "ray":
        request.getfixturevalue("cluster")
    found: Executor = registry.load("backends/executors", request.param, "open_executor")(2)
    return found


def square(number: int) -> tuple[int, int]:
    """The square, and who made it."""
    return number * number, os.getpid()


def refuse(number: int) -> int:
    """Fails as a task may."""
    raise Invalid(f"{number} is wrong", where="task", remedy="send another")


def test_results_are_in_order_and_made_elsewhere_and_errors_are_the_tasks(executor: Executor) -> None:
    assert executor.workers == 2
    done = executor.run(square, [1, 2, 3], lambda: None)
    assert [value for value, _ in done] == [1, 4, 9]
    assert os.getpid() not in {who for _, who in done}
    with pytest.raises(Invalid, match="7 is wrong") as error:
        executor.run(refuse, [7], lambda: None)
    assert error.value.remedy == "send another"


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


@pytest.mark.parametrize("negatives", [0, 12])
def test_workers_learn_together_the_net_that_one_learns(executor: Executor, negatives: int, tmp_path: Path) -> None:
    """Given a small log, when two workers take their parts of every step, then epochs and weights are those of one."""
    acts, goods = two_tastes(shoppers=30), goods_of(20)
    recipe = Recipe(model="sasrec", settings={**SMALL, "negatives": negatives}, seed=3)
    told: list[float] = []

    def watch(stage: str, done: float, **figures: float) -> None:
        told.extend([figures["epoch"]] if "epoch" in figures else [])

    past, after = acts.before(CUT), acts.where(acts.at >= CUT)
    shared, found = together.fit(executor, recipe, past, goods, CUT, after, watch, tmp_path / "kept")
    alone, one = fitting.fit(recipe, past, goods, CUT, after, silent)

    assert told == [1.0, 2.0]
    assert found["epochs"] == one["epochs"]
    figures = [[(each["loss"], each["ndcg"]) for each in told_["curve"]] for told_ in (found, one)]
    assert figures[0] == figures[1]
    component = shared.export(tmp_path, "sequence")
    alone.export(tmp_path, "alone")
    assert (component.name, component.folder, component.runtime) == ("sequence", "sequence", "encoder_onnx")
    mine, theirs = (load_file(next((tmp_path / name).glob("*.safetensors"))) for name in ("sequence", "alone"))
    for name, array in theirs.items():
        np.testing.assert_array_equal(mine[name], array, err_msg=name)


def test_what_ends_a_shared_fit_is_told(executor: Executor, tmp_path: Path) -> None:
    """Given a rate at which the loss becomes no number, all workers stop, and the error is the fit's own."""
    recipe = Recipe(model="sasrec", settings={**SMALL, "rate": 1e30}, seed=3)

    with pytest.raises(Diverged, match="epoch 1, batch"):
        together.fit(executor, recipe, two_tastes(shoppers=30), goods_of(20), END, None, silent, tmp_path)
