"""A fit that is killed goes on where it was, to the same net."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, two_tastes
from lingxi import registry
from lingxi.domain.errors import Incompatible
from lingxi.ports.model import Resumable

torch = pytest.importorskip("torch")
CUT = START + 22 * DAY
END = START + 31 * DAY
SETTINGS: dict[str, Any] = {"epochs": 4, "patience": 4, "width": 16, "layers": 1, "heads": 1, "length": 16}
SETTINGS |= {"minutes": 5.0, "threads": 1}


class Killed(BaseException):
    """What no handler takes for a failure."""


class Told:
    """Remembers each epoch that is told, and kills the training in the middle of epoch `last` + 1."""

    def __init__(self, last: int = 99) -> None:
        self.epochs: list[int] = []
        self.steps = 0
        self.last = last

    def __call__(self, stage: str, done: float, **figures: float) -> None:  # noqa: ARG002
        if "epoch" in figures:
            self.epochs.append(int(figures["epoch"]))
            self.steps = 0
        self.steps += 1
        if self.epochs and self.epochs[-1] == self.last and self.steps > 2:
            raise Killed


def fitted(told: Told, folder: Path | None, **settings: Any) -> tuple[Any, dict[str, Any]]:
    config = registry.load("models", "sequence", "Config")(**{**SETTINGS, **settings})
    model = registry.load("models", "sequence", "build")(config, 7)
    assert isinstance(model, Resumable)
    if folder is not None:
        model.resume_in(folder)
    acts = two_tastes()
    past, future = acts.before(CUT), acts.where(acts.at >= CUT)
    text = np.random.default_rng(0).normal(size=(20, 24)).astype(np.float32)
    return model, model.fit(past, replace(goods_of(20), text=text), END, future, told)


def weights(model: Any) -> dict[str, Any]:
    return {name: tensor.clone() for name, tensor in model.net.state_dict().items()}


@pytest.mark.parametrize(
    ("last", "content", "a_step"),
    [(1, ("category",), 1_000_000), (2, ("category",), 1_000_000), (2, ("text",), 1_000_000), (2, ("category",), 500)],
)
def test_a_killed_fit_goes_on_to_the_same_net(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int, content: tuple[str, ...], a_step: int
) -> None:
    """`a_step`: so few numbers are averaged a step that some steps are taken in together."""
    monkeypatch.setattr("lingxi.nn.average.A_STEP", a_step)
    # given: a fit that was never killed, and one that was
    whole, found = fitted(Told(), None, content=content)
    with pytest.raises(Killed):
        fitted(Told(last), tmp_path, content=content)
    # when
    told = Told()
    model, again = fitted(told, tmp_path, content=content)
    # then: nothing that was noted is learnt again, and every weight is the same
    assert told.epochs == [1, 2, 3, 4]
    assert [(each["epoch"], each["loss"], each["recall"]) for each in again["curve"]] == [
        (each["epoch"], each["loss"], each["recall"]) for each in found["curve"]
    ]
    assert again["epochs"] == found["epochs"]
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, model.net.state_dict()[name]), name
    # and: a fit that is done is not done again
    third, _ = fitted(Told(), tmp_path, content=content)
    assert all(torch.equal(a, b) for a, b in zip(weights(model).values(), weights(third).values(), strict=True))


def test_a_torn_note_or_one_of_another_net_is_passed_over(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        fitted(Told(2), tmp_path)
    (note,) = tmp_path.iterdir()
    # when: the net has another shape
    _, other = fitted(Told(), tmp_path, width=8)
    assert len(other["curve"]) == 4
    # when: the file is torn
    note.write_bytes(note.read_bytes()[:1000])
    _, torn = fitted(Told(), tmp_path)
    assert len(torn["curve"]) == 4


def test_a_note_without_means_is_passed_over(tmp_path: Path) -> None:
    """Given a note as an earlier version left it, then the fit begins anew, from nothing that it had learnt."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    with pytest.raises(Killed):
        fitted(Told(2), tmp_path)
    (note,) = tmp_path.iterdir()
    with safe_open(note, "pt") as file:
        told = file.metadata()
        old = {name: file.get_tensor(name) for name in file.keys() if not name.startswith("mean.")}  # noqa: SIM118
    save_file(old, note, told)

    model, _ = fitted(Told(), tmp_path)

    whole, _ = fitted(Told(), None)
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, model.net.state_dict()[name]), name


def test_a_note_of_other_items_is_refused(tmp_path: Path) -> None:
    """Given a fit that was killed, when it is gone on with after as many items got other names, then the error says so
    and what to do, and nothing that was noted is lost."""
    with pytest.raises(Killed):
        fitted(Told(2), tmp_path)
    model = registry.load("models", "sequence", "build")(registry.load("models", "sequence", "Config")(**SETTINGS), 7)
    model.resume_in(tmp_path)
    acts, goods = two_tastes(), goods_of(20)
    renamed = replace(goods, ids=[f"new-{name}" for name in goods.ids])

    with pytest.raises(Incompatible, match="of other items") as error:
        model.fit(acts.before(CUT), renamed, END, acts.where(acts.at >= CUT), Told())

    assert str(tmp_path) in error.value.where
    assert "begin anew" in error.value.remedy
    told = Told()
    fitted(told, tmp_path)
    assert told.epochs == [1, 2, 3, 4]
