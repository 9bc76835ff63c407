"""A trial whose loss is no number any more, or that the machine cannot hold, ends itself and nothing else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest

from lingxi.domain.errors import LingxiError, TooLarge
from lingxi.models._steps import Diverged
from lingxi.workflows import choose, tune
from lingxi.workflows._study import study_in
from lingxi.workflows.deadline import Deadline

FAILURES = [Diverged("the loss is no number", remedy="a smaller rate"), TooLarge("it takes 900 GB", remedy="a sample")]


GROUND: Any = SimpleNamespace(early=None)
"""Nothing is learnt from it: the fit fails."""


def failing(error: LingxiError) -> Any:
    def learnt(*_: Any, **__: Any) -> Any:
        raise error

    return learnt


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_search_goes_on_after_a_trial_that_fails(
    error: LingxiError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tune.snapshots, "read", lambda _: None)
    monkeypatch.setattr(tune, "_ground", lambda *_: GROUND)
    monkeypatch.setattr(tune, "learnt", failing(error))
    task = tune.Task(
        folder=str(tmp_path),
        room=str(tmp_path),
        snapshot=str(tmp_path),
        model="sasrec",
        holdout_days=7.0,
        minutes=1.0,
        seconds=60.0,
        trials=3,
        threads=1,
        seed=0,
    )
    assert tune.search(task) == 3
    assert [each.state for each in study_in(tmp_path, 0).trials] == [optuna.trial.TrialState.FAIL] * 3


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_choice_tells_why_a_model_could_not_be_tried(error: LingxiError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "learnt", failing(error))
    bounds = choose.Bounds(Deadline(60.0), 20.0, 1, 7.0, 0)
    option = choose.Option("sasrec", "sequences are long")

    tried = choose._trial(GROUND, option, Deadline(30.0), bounds, lambda *_, **__: None)

    assert (tried.model, tried.recall) == ("sasrec", None)
    assert error.what in tried.why
