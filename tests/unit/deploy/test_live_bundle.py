"""A bundle is loaded whole, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning_shop import DAY, START, goods_of, two_tastes
from lingxi import registry
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Component, Manifest, Recipe
from lingxi.domain.errors import Incompatible

GOODS = goods_of(20)
NUMBER = {name: number for number, name in enumerate(GOODS.ids)}


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


@pytest.fixture
def bundle(tmp_path: Path) -> tuple[Path, Manifest]:
    """Popularity as a bundle."""
    model = registry.load("models", "popular", "build")(registry.load("models", "popular", "Config")(), 0)
    model.fit(two_tastes(), GOODS, START + 30 * DAY, None, silent)
    component = model.export(tmp_path, "popular")
    recipe = Recipe(model="popular", settings={})
    return tmp_path, Manifest(
        format=1, id="b1", shop="default", created=0, recipe=recipe, components=(component,), seq=1, fit=(0, 1)
    )


def test_a_whole_bundle_answers(bundle: tuple[Path, Manifest]) -> None:
    """Given a bundle, when it is loaded, then it has its id and its components by name."""
    live = LiveBundle.load(*bundle, NUMBER)
    assert live.id == "b1"
    assert set(live.runtimes) == {"popular"}


def test_a_torn_file_is_refused(bundle: tuple[Path, Manifest]) -> None:
    """Given a file that was cut short, when the bundle is loaded, then it is refused and the remedy says what helps."""
    folder, manifest = bundle
    arrays = next(folder.rglob("*.safetensors"))
    arrays.write_bytes(arrays.read_bytes()[:40])
    with pytest.raises(Incompatible) as error:
        LiveBundle.load(folder, manifest, NUMBER)
    assert "roll back" in error.value.remedy


def test_an_unknown_runtime_is_refused(bundle: tuple[Path, Manifest]) -> None:
    """Given a component of a runtime that this version has not, when it is loaded, then the bundle is refused."""
    folder, manifest = bundle
    odd = Component(name="odd", runtime="quantum", folder="popular")
    foreign = Manifest(**{**{f: getattr(manifest, f) for f in manifest.__struct_fields__}, "components": (odd,)})
    with pytest.raises(Incompatible, match="'odd' does not answer"):
        LiveBundle.load(folder, foreign, NUMBER)
