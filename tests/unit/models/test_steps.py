"""Steps: who works at the parts of a batch changes nothing, and a loss that is no number stops the training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from learning_shop import DAY, START, goods_of, two_tastes
from lingxi import registry

torch = pytest.importorskip("torch")
END = START + 31 * DAY
SETTINGS: dict[str, Any] = {"epochs": 3, "width": 16, "layers": 1, "heads": 1, "length": 16, "minutes": 5.0}


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def built(**settings: Any) -> Any:
    config = registry.load("models", "sasrec", "Config")(**{**SETTINGS, **settings})
    return registry.load("models", "sasrec", "build")(config, 7)


def test_two_threads_learn_what_one_does() -> None:
    one, two = built(threads=1), built(threads=2)

    told = [model.fit(two_tastes(), goods_of(20), END, None, silent) for model in (one, two)]

    assert [each["loss"] for each in told[0]["curve"]] == [each["loss"] for each in told[1]["curve"]]
    for name, tensor in one.net.state_dict().items():
        assert torch.equal(tensor, two.net.state_dict()[name]), name


def test_a_rate_that_is_too_high_is_told_with_its_batch() -> None:
    from lingxi.models._steps import Diverged

    with pytest.raises(Diverged, match=r"epoch 1, batch \d+: \d+ windows") as error:
        built(rate=1e30).fit(two_tastes(), goods_of(20), END, None, silent)

    assert "lower `rate`" in error.value.remedy


def test_the_last_good_epoch_is_kept_and_gone_on_from(tmp_path: Path) -> None:
    """Given a net whose weights break in epoch 3, when it is trained again, then epochs 1 and 2 are not."""
    from lingxi.models._steps import Diverged

    broken = built()
    broken.resume_in(tmp_path)
    seen: list[float] = []

    def poison(stage: str, done: float, **figures: float) -> None:
        seen.extend([figures["epoch"]] if "epoch" in figures else [])
        if len(seen) == 2 and "epoch" not in figures:
            broken.net.encoder.head.weight.data.fill_(float("nan"))

    with pytest.raises(Diverged, match="epoch 3"):
        broken.fit(two_tastes(), goods_of(20), END, None, poison)

    again = built()
    again.resume_in(tmp_path)
    again.fit(two_tastes(), goods_of(20), END, None, silent)

    whole = built()
    whole.fit(two_tastes(), goods_of(20), END, None, silent)
    assert all(
        torch.equal(a, b) for a, b in zip(again.net.state_dict().values(), whole.net.state_dict().values(), strict=True)
    )
