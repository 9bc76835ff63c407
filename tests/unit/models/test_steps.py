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


def test_what_is_kept_is_what_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a fit with an exam, then its net sits the exam again with the figures of its best epoch."""
    from lingxi.models._crew import Crew
    from lingxi.models._validation import Exam

    sat: list[Exam] = []

    take = Exam.take

    def taken(exam: Exam, net: Any, crew: Crew) -> dict[str, float]:
        sat.append(exam)
        return take(exam, net, crew)

    monkeypatch.setattr(Exam, "take", taken)
    model, acts, cut = built(epochs=6, patience=6), two_tastes(), START + 22 * DAY

    found = model.fit(acts.before(cut), goods_of(20), END, acts.where(acts.at >= cut), silent)

    best = found["curve"][found["epochs"] - 1]
    with Crew(1) as crew:
        again = take(sat[0], model.net.eval(), crew)
    assert again["ndcg"] == pytest.approx(best["ndcg"])
    assert best["ndcg"] == max(each["ndcg"] for each in found["curve"])


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


def test_a_step_of_a_sample_sees_only_its_items() -> None:
    """Given batches that read, aim at and draw some items, their numbers among what is seen lead to the same items."""
    import numpy as np

    from lingxi.models._goal import Aim
    from lingxi.models._moments import Batches, prepare
    from lingxi.models._seen import some

    model = built(epochs=1, negatives=4)
    model.fit(two_tastes(), goods_of(20), END, None, silent)
    past = two_tastes(shoppers=2)
    rows = past.item.astype(np.int64)
    rows[0] = len(model.net.bias)  # an item that is not known
    aims = [Aim(1.0, np.ones(len(past), dtype=np.float32))]
    moments = prepare(past, rows, np.full(len(past), 2), aims, 0.0)
    (part, *_) = Batches(moments, 8, 64, 4, 0.0).epoch(np.random.default_rng(0))

    seen = some(model.net, [part], [np.array([1, 3])])

    whole = model.net.table_with_unknown()
    torch.testing.assert_close(seen.table[seen.parts[0].row], whole[part.row])
    torch.testing.assert_close(seen.table[seen.parts[0].target], whole[part.target])
    torch.testing.assert_close(seen.bias[seen.drawn[0]], model.net.bias[[1, 3]])


@pytest.mark.parametrize("negatives", [0, 12])
def test_a_killed_fit_with_a_sample_goes_on_to_the_same_net(tmp_path: Path, negatives: int) -> None:
    class Killed(BaseException):
        """What no handler takes for a failure."""

    def kill(stage: str, done: float, **figures: float) -> None:
        if figures.get("epoch") == 3:
            raise Killed

    first = built(negatives=negatives)
    first.resume_in(tmp_path)
    with pytest.raises(Killed):
        first.fit(two_tastes(), goods_of(20), END, None, kill)
    again, whole = built(negatives=negatives), built(negatives=negatives)
    again.resume_in(tmp_path)

    again.fit(two_tastes(), goods_of(20), END, None, silent)

    whole.fit(two_tastes(), goods_of(20), END, None, silent)
    for name, tensor in whole.net.state_dict().items():
        assert torch.equal(tensor, again.net.state_dict()[name]), name
