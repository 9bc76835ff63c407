"""What every model must do: learn a known answer, say what is missing, export to a runtime that needs no torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from learning_shop import DAY, START, goods_of, interactions, two_tastes
from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import Invalid, NotEnoughData, TooLarge
from lingxi.domain.history import Interactions
from lingxi.ports.model import Model, Runtime
from lingxi.ports.recipe import build
from lingxi.train import fit as fitting
from lingxi.train import memory
from lingxi.train.split import Histories

NET: dict[str, Any] = {"epochs": 15, "width": 16, "layers": 1, "length": 8, "threads": 1, "tokens": 128, "rate": 0.02}
SMALL: dict[str, dict[str, Any]] = {
    "sequence": {"epochs": 15, "width": 16, "layers": 1, "length": 8, "threads": 1},
    "als": {"width": 8, "threads": 1},
    "bpr": {"width": 8, "epochs": 20},
    "ease_sparse": {"threads": 1},
    "fusion": {"members": {"own_decayed": {}, "item_knn": {}, "als": {"width": 8}}, "threads": 1},
}
"""Settings that a small shop is learnt with in a moment."""
LEAST = {"popular": 1, "own_decayed": 1, "item_knn": 2, "session_knn": 2}
"""Items, each met once, that are enough; other models want more of everything."""
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
    if LEAST.get(name, 10**9) <= len(items):
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


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_answers(name: str, tmp_path: Path) -> None:
    """Given two fits of one seed to one past, their scores are equal."""
    past, everything = two_tastes(shoppers=20), np.arange(20, dtype=np.int32)
    history = Histories(past).of(3)

    first, second = (served(name, past, tmp_path / each).score(history, NOW, everything) for each in ("a", "b"))

    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", MODELS)
def test_what_validation_finds_can_be_set(name: str, tmp_path: Path) -> None:
    """Given days to validate on, what they make the model find are settings of it, and a fit with them serves."""
    past = two_tastes()
    recipe = Recipe(model=name, settings=SMALL.get(name, {}))
    until = START + 24 * DAY

    _, found = fitting.fit(recipe, past.before(until), GOODS, until, past.where(past.at >= until), silent)
    settled = fitting.settled(recipe, found)
    model, again = fitting.fit(settled, past, GOODS, NOW, None, silent)
    component = model.export(tmp_path, name)

    runtime = registry.load("runtimes", component.runtime, "load")(
        tmp_path, component, {each: number for number, each in enumerate(GOODS.ids)}
    )
    items, _ = runtime.propose(Histories(past).of(4), NOW, 5)
    assert len(items)
    assert (items[0] < 10) or name == "popular"
    assert set(again) - {"curve"} <= set(settled.settings) | {"negatives", "epochs"}


@pytest.mark.parametrize("name", MODELS)
def test_a_misspelt_setting_is_refused_with_the_one_that_is_near(name: str) -> None:
    """Given a setting that is spelt nearly as one of the model's, the error names that one."""
    right = registry.load("models", name, "Config").__struct_fields__[0]

    with pytest.raises(Invalid, match="no setting") as error:
        build(Recipe(model=name, settings={right + "s": 1}))

    assert f"did you mean '{right}'" in error.value.remedy


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "many"])
def test_a_setting_that_is_no_number_is_refused(name: str, value: Any) -> None:
    """Given NaN, infinity or a word for a number, the setting is refused by its name."""
    numbers = [
        each
        for each, default in _defaults(name).items()
        if isinstance(default, int | float) and not isinstance(default, bool)
    ]

    with pytest.raises(Invalid, match=numbers[0]):
        build(Recipe(model=name, settings={numbers[0]: value}))


def _defaults(name: str) -> dict[str, Any]:
    config = registry.load("models", name, "Config")()
    return {each: getattr(config, each) for each in config.__struct_fields__}


@pytest.mark.parametrize("name", MODELS)
def test_a_fit_without_room_is_refused_before_it_begins(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given hardly any memory, the error says how much is needed and what would take less."""
    monkeypatch.setattr(memory, "free", lambda: 1000)

    with pytest.raises(TooLarge, match=f"model '{name}' needs about") as error:
        fitting.fit(Recipe(model=name, settings=SMALL.get(name, {})), two_tastes(), GOODS, NOW, None, silent)

    assert "would take less" in error.value.remedy


@pytest.mark.parametrize("name", MODELS)
def test_every_number_of_a_bundle_is_one(name: str, tmp_path: Path) -> None:
    """Given an export, none of its numbers is NaN."""
    model = built(name)
    model.fit(two_tastes(shoppers=20), GOODS, NOW, None, silent)
    model.export(tmp_path, name)

    for file in tmp_path.rglob("*.safetensors"):
        for key, array in load_file(file).items():
            assert not np.isnan(array.astype(np.float64)).any(), f"{file.name}: {key}"


@pytest.mark.parametrize("name", MODELS)
def test_a_component_says_whether_it_holds_histories(name: str, tmp_path: Path) -> None:
    """Given a model whose files grow with every act and not with the catalogue, its component says so."""
    sizes = []
    for shoppers in (20, 60):
        model, folder = built(name), tmp_path / str(shoppers)
        model.fit(two_tastes(shoppers=shoppers), GOODS, NOW, None, silent)
        component = model.export(folder, name)
        sizes.append(sum(file.stat().st_size for file in folder.rglob("*.safetensors")))

    assert component.holds_histories == (sizes[1] > 1.5 * sizes[0])


@pytest.mark.parametrize("name", registry.names("runtimes"))
def test_a_runtime_needs_no_torch(name: str) -> None:
    """Given a process where importing torch raises, each runtime can be imported."""
    code = f"import sys; sys.modules['torch'] = None; import lingxi.runtimes.{name}"

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("model", MODELS)
def test_what_can_be_searched_for_are_settings_around_the_defaults(model: str) -> None:
    module = registry.module("models", model)
    config = module.Config()
    for name, among in getattr(module, "SPACE", {}).items():
        value = getattr(config, name)
        assert value in among if isinstance(among, tuple) else among.low <= value <= among.high, name
