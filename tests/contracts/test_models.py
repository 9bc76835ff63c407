"""What every model must do: learn a known answer, say what is missing, export to a runtime that needs no torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions, two_tastes
from lingxi import registry
from lingxi.domain.errors import NotEnoughData
from lingxi.domain.history import Interactions
from lingxi.ports.model import Model, Runtime
from lingxi.train.split import Histories

NET: dict[str, Any] = {"epochs": 15, "width": 16, "layers": 1, "length": 8, "threads": 1}
NOW = START + 30 * DAY
MODELS = registry.names("models")
GOODS = goods_of(20)


def silent(stage: str, done: float, **figures: float) -> None:
    assert 0.0 <= done <= 1.0
    assert all(isinstance(value, float) for value in figures.values())


def built(name: str) -> Model:
    module = registry.module("models", name)
    small = NET if NET.keys() <= set(module.Config.__struct_fields__) else {}
    model: Model = module.build(module.Config(**small), seed=0)
    return model


def served(name: str, past: Interactions, folder: Path, numbers: dict[str, int] | None = None) -> Runtime:
    model = built(name)
    model.fit(past, GOODS, NOW, None, silent)
    component = model.export(folder, name)
    ids = numbers if numbers is not None else {each: number for number, each in enumerate(GOODS.ids)}
    runtime: Runtime = registry.load("runtimes", component.runtime, "load")(folder, component, ids)
    return runtime


@pytest.fixture(scope="module")
def runtime_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Runtime]:
    """Each model fitted once to the shop of two tastes."""
    made: dict[str, Runtime] = {}

    def get(name: str) -> Runtime:
        if name not in made:
            made[name] = served(name, two_tastes(), tmp_path_factory.mktemp(name))
        return made[name]

    return get


@pytest.mark.parametrize("name", MODELS)
def test_it_finds_the_known_answer(name: str, runtime_of: Callable[[str], Runtime]) -> None:
    """Given two tastes, what is proposed to a shopper of one is of that taste (popular: what most buy)."""
    histories = Histories(two_tastes())

    items, _ = runtime_of(name).propose(histories.of(4), NOW, 5)

    if name == "popular":
        assert set(items[:2].tolist()) == {0, 10}
    else:
        assert (items < 10).all(), f"{name} proposed {items} to a shopper of items 0-9"


@pytest.mark.parametrize("name", MODELS)
def test_propose_and_score_agree(name: str, runtime_of: Callable[[str], Runtime]) -> None:
    """Given a history, the proposals are in order of score, without repeats, and `score` gives the same."""
    history, runtime = Histories(two_tastes()).of(7), runtime_of(name)

    items, scores = runtime.propose(history, NOW, 8)

    assert items.dtype == np.int32
    assert scores.dtype == np.float32
    assert len(set(items.tolist())) == len(items) <= 8
    assert (np.diff(scores) <= 0).all()
    np.testing.assert_allclose(runtime.score(history, NOW, items), scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_an_unknown_item_has_no_score(name: str, runtime_of: Callable[[str], Runtime]) -> None:
    """Given an item newer than the bundle, its score is minus infinity, and in a history it does no harm."""
    history = Histories(interactions([(0, 999, 20), (0, 1, 21)])).of(0)

    scores = runtime_of(name).score(history, NOW, np.array([999, 1], dtype=np.int32))

    assert scores[0] == -np.inf
    assert np.isfinite(scores[1])


@pytest.mark.parametrize("name", MODELS)
def test_a_guest_is_no_error(name: str, runtime_of: Callable[[str], Runtime]) -> None:
    """Given an empty history, an answer comes, of finite scores."""
    items, scores = runtime_of(name).propose(Histories(interactions([])).of(0), NOW, 5)

    assert len(items) <= 5
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", MODELS)
def test_numbers_are_the_shops_own(name: str, tmp_path: Path) -> None:
    """Given a shop that numbers its items otherwise and lacks one, answers are in its numbers, without that one."""
    shifted = {each: 100 + number for number, each in enumerate(GOODS.ids) if each != "i0"}

    items, _ = served(name, two_tastes(), tmp_path, shifted).propose(
        Histories(interactions([(0, 101, 28), (0, 102, 28)])).of(0), NOW, 19
    )

    assert len(items)
    assert (items > 100).all()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "lines",
    [
        [],
        [(0, 0, 0)],
        [(0, item, item) for item in range(10)],
        [(shopper, 0, day) for shopper in range(20) for day in range(10)],
        [(0, day % 20, day) for day in range(29)],
    ],
    ids=["no event", "one event", "ten events", "one item", "one user"],
)
def test_too_little_is_told(name: str, lines: list[tuple[int, int, int]], tmp_path: Path) -> None:
    """Given too little, the error says how much there is and what to send; or it is enough, and serves."""
    items = {item for _, item, _ in lines}
    enough = {"popular": 1, "own_decayed": 1, "item_knn": 2}.get(name, 10**9) <= len(items)
    if enough:
        served(name, interactions(lines), tmp_path).propose(Histories(interactions(lines)).of(0), NOW, 5)
        return
    with pytest.raises(NotEnoughData, match="events with an item") as error:
        served(name, interactions(lines), tmp_path)
    assert "more" in error.value.remedy


@pytest.mark.parametrize("name", MODELS)
def test_the_order_of_lines_changes_nothing(name: str, tmp_path: Path) -> None:
    """Given the same baskets with their lines permuted in the file, the model scores the same."""
    past = two_tastes(shoppers=20)
    moved = past.where(np.random.default_rng(5).permutation(len(past)))
    again = moved.where(np.lexsort((moved.tie, moved.at)))
    everything = np.arange(20, dtype=np.int32)
    history = Histories(past).of(3)

    first = served(name, past, tmp_path / "first").score(history, NOW, everything)
    second = served(name, again, tmp_path / "second").score(Histories(moved).of(3), NOW, everything)

    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", MODELS)
def test_a_bundle_holds_data_only(name: str, tmp_path: Path) -> None:
    """Given an export, it is JSON, safetensors and ONNX: nothing that is unpickled."""
    model = built(name)
    model.fit(two_tastes(), GOODS, NOW, None, silent)
    model.export(tmp_path, name)

    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} <= {".json", ".safetensors", ".onnx"}


@pytest.mark.parametrize("name", registry.names("runtimes"))
def test_a_runtime_needs_no_torch(name: str) -> None:
    """Given a process where importing torch raises, each runtime can be imported."""
    code = f"import sys; sys.modules['torch'] = None; import lingxi.runtimes.{name}"

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
