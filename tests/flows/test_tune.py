"""`lingxi tune`: a search for settings that can be interrupted, and what a training makes of it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import optuna
import pytest

from learning_shop import fill
from lingxi import registry
from lingxi.backends.bundles.folder import open_bundles
from lingxi.backends.executors import process
from lingxi.backends.log.sqlite import open_log
from lingxi.cli.main import run
from lingxi.domain.errors import Unavailable
from lingxi.models import own_decayed
from lingxi.workflows._study import JOURNAL, pruning, study_in
from lingxi.workflows.choose import Facts, options_for

DAYS = 40
SPACES: dict[str, optuna.distributions.BaseDistribution] = {
    "days": optuna.distributions.FloatDistribution(3.0, 180.0, log=True),
    "window": optuna.distributions.CategoricalDistribution((7.0, 14.0, 28.0, 56.0, 112.0, None)),
}
"""What is searched for of `popular`, as Optuna has it."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose sixty shoppers have two tastes."""
    home = tmp_path_factory.mktemp("tune") / "home"
    log = open_log(home / "shops" / "default")
    fill(log, DAYS)
    log.close()
    (home / "lingxi.toml").write_text("[train]\nnice = 0\nholdout_days = 7\nthreads = 1\n", encoding="utf-8")
    return home


def tuned(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["tune", "--home", str(home), "--json", "--minutes", "2", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_search_keeps_its_best_and_goes_on_where_it_was(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # when: a search of three trials
    found = tuned(home, capsys, "--model", "own_decayed", "--trials", "3")
    # then: the defaults are the first of them, and the best is compared with them on other days
    assert [each["state"] for each in found["trials"]] == ["complete"] * 3
    config = own_decayed.Config()
    assert found["trials"][0]["settings"] == {"days": config.days, "window": config.window}
    assert found["best"]["value"] == max(each["value"] for each in found["trials"])
    gap = found["best_recall"] - found["default_recall"]
    assert found["difference"]["estimate"] == pytest.approx(gap)
    assert found["until"] - found["since"] == 7 * 86_400_000_000
    # and: asked for five, it makes two more, though the log has grown
    with_more = tuned(home, capsys, "--model", "own_decayed", "--trials", "5", "--workers", "2")
    assert [each["number"] for each in with_more["trials"]] == [0, 1, 2, 3, 4]
    assert with_more["trials"][:3] == found["trials"]
    assert not (home / "shops" / "default" / "training").exists()
    # and: a training takes the best up
    capsys.readouterr()
    assert run(["train", "--home", str(home), "--study", "own_decayed", "--minutes", "1", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)["model"]
    assert model["recipe"]["model"] == "own_decayed"
    assert model["recipe"]["settings"] == with_more["best"]["settings"]
    assert [each.id for each in open_bundles(home / "shops" / "default", "default").all()] == [model["id"]]


def test_the_table_says_what_to_do_next(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["tune", "--home", str(home), "--model", "popular", "--trials", "4", "--study", "table"]
    assert run(asked) == 0
    told = capsys.readouterr().out
    for said in ("recall@10", "importance", "days not seen", "lingxi train --study table"):
        assert said in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tune", "--model", "populr"], "popular"),
        (["tune", "--model", "popular", "--study", "../up"], "letters"),
        (["tune", "--model", "popular", "--executor", "clouds"], "process"),
        (["tune", "--model", "popular", "--workers", "0"], "train.workers"),
        (["train", "--study", "nope"], "lingxi tune"),
    ],
)
def test_what_cannot_be_searched_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    home = tmp_path / "home"
    assert run(["init", "--home", str(home)]) == 0
    (home / "lingxi.toml").write_text("[train]\nnice = 0\n", encoding="utf-8")
    capsys.readouterr()
    assert run([*arguments, "--home", str(home)]) == 2
    assert said in capsys.readouterr().err


def test_a_study_of_something_else_is_not_gone_on_with(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuned(home, capsys, "--model", "popular", "--trials", "1", "--study", "mine")
    assert run(["tune", "--home", str(home), "--model", "own_decayed", "--study", "mine"]) == 2
    assert "another model" in capsys.readouterr().err
    assert run(["train", "--home", str(home), "--model", "own_decayed", "--study", "mine"]) == 2
    assert "is of 'popular'" in capsys.readouterr().err


def test_a_search_that_was_killed_goes_on(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a search that was killed while a trial was at work and a line was being written, when it is run again, then
    that trial is given up and tried again, and the torn line does no harm."""
    tuned(home, capsys, "--model", "popular", "--trials", "1", "--study", "killed")
    folder = home / "shops" / "default" / "studies" / "killed"
    study_in(folder, seed=0).ask(SPACES)
    with (folder / JOURNAL).open("ab") as file:
        file.write(b'{"op_code":5,"wor')

    found = tuned(home, capsys, "--model", "popular", "--trials", "3", "--study", "killed")

    assert [each["state"] for each in found["trials"]] == ["complete", "failed", "complete"]
    whole = (folder / JOURNAL).read_bytes()
    assert whole.endswith(b"\n")
    # Broken in the middle it is told, with what to do.
    (folder / JOURNAL).write_bytes(whole.replace(b"{", b"(", 2))
    assert run(["tune", "--home", str(home), "--model", "popular", "--study", "killed"]) == 1
    said = capsys.readouterr().err
    assert "broken in line 1" in said
    assert "--study" in said


@pytest.mark.parametrize("model", ["item_knn", "session_knn"])
def test_models_without_a_net_can_be_searched(home: Path, capsys: pytest.CaptureFixture[str], model: str) -> None:
    """Given a model that looks for its own settings, only the first trial may: the others are what they say."""
    found = tuned(home, capsys, "--model", model, "--trials", "2", "--study", model)

    assert [each["state"] for each in found["trials"]] == ["complete"] * 2
    space = registry.load("models", model, "SPACE")
    assert all(set(space) <= set(each["settings"]) for each in found["trials"])
    assert found["best"]["value"] > 0.5


def test_a_trial_that_fares_worse_than_the_others_is_given_up(tmp_path: Path) -> None:
    study = study_in(tmp_path, seed=0)
    for _ in range(6):
        watch = pruning(study.ask())
        for epoch in range(4):
            watch("fit", 0.1, ndcg=0.5, epoch=epoch)
        study.tell(len(study.trials) - 1, 0.5)
    given_up = pruning(study.ask())
    given_up("fit", 0.1, loss=3.0)
    given_up("fit", 0.1, ndcg=math.nan)
    given_up("fit", 0.1, ndcg=0.1)
    with pytest.raises(optuna.TrialPruned):
        given_up("fit", 0.1, ndcg=0.1)


def die(task: int) -> int:
    """A worker that dies."""
    import os

    os._exit(task)


def test_a_worker_that_dies_is_told() -> None:
    with pytest.raises(Unavailable, match="died"):
        process.open_executor(2).run(die, [1, 2], lambda: None)


def test_the_log_chooses_the_model(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["train", "--home", str(home), "--model", "auto", "--minutes", "1", "--json"]
    capsys.readouterr()
    assert run(asked) == 0
    found = json.loads(capsys.readouterr().out)
    choice = found["choice"]
    # Every shopper comes back to a few of twenty items: few items, many repeats, no time for a net.
    assert {each["model"] for each in choice["tried"]} == {"item_knn", "own_decayed", "ease", "als"}
    assert [each["recall"] for each in choice["tried"]] == sorted((e["recall"] for e in choice["tried"]), reverse=True)
    assert choice["model"] == choice["tried"][0]["model"] == found["model"]["recipe"]["model"]
    assert f"{choice['facts']['repeats']:.0%} of the purchases are repeats" in {e["why"] for e in choice["tried"]}
    report = home / "shops" / "default" / "bundles" / found["model"]["id"] / "report" / "report.json"
    assert json.loads(report.read_bytes())["notes"][0] == choice["why"]


@pytest.mark.parametrize(
    ("facts", "minutes", "models"),
    [
        (Facts(shoppers=9, items=90_000, events=9, acts=3, repeats=0.0), 9.0,
         ["item_knn", "ease_sparse", "session_knn", "gru4rec", "sasrec"]),
        (Facts(shoppers=9, items=90, events=9, acts=300, repeats=0.8), 9.0,
         ["item_knn", "own_decayed", "ease", "als", "sequence", "sasrec"]),
        (Facts(shoppers=9, items=90, events=9, acts=12, repeats=0.0), 2.5, ["item_knn", "ease", "sasrec"]),
        (Facts(shoppers=9, items=90, events=9, acts=12, repeats=0.0), 0.5, ["item_knn", "ease"]),
    ],
)  # fmt: skip
def test_what_the_data_are_like_decides_what_is_tried(facts: Facts, minutes: float, models: list[str]) -> None:
    assert [each.model for each in options_for(facts, minutes)] == models
