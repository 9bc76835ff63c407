"""`lingxi train --model auto`: the log chooses, in words, and the time that is given is never exceeded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from learning_shop import fill
from lingxi.app.told import TRAINING_FILE, told
from lingxi.backends.bundles.folder import open_bundles
from lingxi.backends.log.sqlite import open_log
from lingxi.cli.main import run
from lingxi.workflows.choose import Bounds, Facts, Tried, _chosen, options_for
from lingxi.workflows.deadline import Deadline, OutOfTime

DAYS = 40
FACTS = Facts(shoppers=60, items=20, events=2400, acts=40, repeats=0.7)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose sixty shoppers have two tastes."""
    home = tmp_path_factory.mktemp("auto") / "home"
    log = open_log(home / "shops" / "default")
    fill(log, DAYS)
    log.close()
    (home / "lingxi.toml").write_text("[train]\nnice = 0\nholdout_days = 7\nthreads = 1\n", encoding="utf-8")
    return home


def bundles(home: Path) -> list[str]:
    return [each.id for each in open_bundles(home / "shops" / "default", "default").all()]


def test_a_run_keeps_its_time_and_says_what_it_chose(home: Path) -> None:
    """Given a minute, when the whole command runs, then it has ended within it, with a model and the reason."""
    began = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "lingxi.cli",
            "train",
            "--home",
            str(home),
            "--model",
            "auto",
            "--minutes",
            "1",
            "--json",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert time.monotonic() - began < 60
    choice = json.loads(done.stdout)["choice"]
    assert choice["why"].startswith(f"{choice['model']}: ")
    assert f"{choice['tried'][0]['recall']:.4f}" in choice["why"]
    assert choice["seconds"] < 60
    # What its trial found is what is trained: nothing is looked for twice.
    recipe = json.loads(done.stdout)["model"]["recipe"]
    assert choice["settled"]
    assert choice["settings"].items() <= recipe["settings"].items()


def test_a_time_that_is_too_short_leaves_nothing_behind(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given less than anything takes, the run ends with the remedy, publishes nothing and leaves no workroom."""
    before = bundles(home)

    assert run(["train", "--home", str(home), "--model", "auto", "--minutes", "0.05", "--answer-ms", "0.01"]) in (0, 1)

    if len(bundles(home)) == len(before):
        assert "--minutes" in capsys.readouterr().err
        assert told(home / "shops" / "default" / TRAINING_FILE)["state"] == "failed"
    assert not (home / "shops" / "default" / "training").exists()


STUCK = """
import os, sys, time
from pathlib import Path
from lingxi.cli import main
from lingxi.models import item_knn

def fit(self, *rest):
    if os.environ.get("STUCK") == "deaf":
        import ctypes
        ctypes.CDLL(None).sleep(100)
    while True:
        rest[-1]("item_knn", 0.5)
        time.sleep(0.01)

for each in ("item_knn", "own_decayed", "ease", "als"):
    import importlib
    module = importlib.import_module(f"lingxi.models.{each}")
    for kind in vars(module).values():
        if isinstance(kind, type) and hasattr(kind, "export") and kind.__module__ == module.__name__:
            kind.fit = fit
main(sys.argv[1:])
"""


@pytest.mark.parametrize("how", ["listens", "deaf"])
def test_a_fit_that_never_ends_is_ended(home: Path, how: str) -> None:
    """Given models whose fits go on for ever, in Python or in a call that no exception reaches, the run ends."""
    before = bundles(home)
    arguments = ["train", "--home", str(home), "--model", "auto", "--minutes", "0.1"]
    done = subprocess.run(
        [sys.executable, "-c", STUCK, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        env={**os.environ, "STUCK": how},
    )

    assert done.returncode == 1
    assert "--minutes" in done.stderr
    assert told(home / "shops" / "default" / TRAINING_FILE)["state"] == "failed"
    assert bundles(home) == before


def tried(model: str, recall: float | None, seconds: float, ms: float) -> Tried:
    return Tried(model=model, why="it may do", recall=recall, seconds=seconds, ms=ms)


def test_what_cannot_be_trained_in_what_is_left_is_not_chosen() -> None:
    """Given a minute that is left, the best takes too long, the next answers too slowly: the third it is, and why."""
    several = [
        tried("als", 0.4, 50.0, 1.0),
        tried("session_knn", 0.3, 1.0, 30.0),
        tried("item_knn", 0.2, 1.0, 1.0),
        tried("ease", None, 9.0, 0.0),
    ]

    found = _chosen(FACTS, several, Bounds(Deadline(60.0), 20.0, 1, 7.0, 0), rest=5.0)

    assert found.model == "item_knn"
    assert "better but slower than 20 ms: session_knn" in found.why
    assert "not to be trained in the time that is left: als" in found.why
    assert [each.model for each in found.tried] == ["als", "session_knn", "item_knn", "ease"]
    assert 0.0 < found.minutes <= 55 / 60
    with pytest.raises(OutOfTime, match="tried and trained within"):
        _chosen(FACTS, several, Bounds(Deadline(3.0), 20.0, 1, 7.0, 0), rest=2.0)


def test_a_deadline_ends_what_goes_on_and_leaves_what_is_done() -> None:
    """Given no time at all, a watch refuses to go on, and lets a stage that is done be."""
    watched: list[tuple[str, float]] = []

    def watch(stage: str, done: float, **figures: float) -> None:
        watched.append((stage, done))

    late = Deadline(0.0).kept(watch)

    with pytest.raises(OutOfTime, match="in 'fit 2'") as error:
        late("fit 2", 0.3)
    late("publish", 1.0)
    assert watched == [("publish", 1.0)]
    assert "more" in error.value.remedy
    assert Deadline(60.0).within(5.0).seconds == pytest.approx(5.0)
    assert Deadline(5.0).within(60.0).seconds <= 5.0


def test_rare_items_call_for_what_is_told_of_them() -> None:
    """Given a log in which much of what is wanted was hardly met, a tower that is told brands and words is the first
    net; where the shop says nothing of its items it is none, and what it says goes to every net."""
    facts: dict[str, Any] = {"shoppers": 9, "items": 90, "events": 9, "acts": 12, "repeats": 0.0}

    described = options_for(Facts(**facts, rare=0.5, contents=("brand", "words")), 9.0)
    untold = options_for(Facts(**facts, rare=0.5), 9.0)

    assert [each.model for each in described] == ["item_knn", "ease", "two_tower", "sasrec"]
    assert all(each.settings == {"content": ["brand", "words"]} for each in described[2:])
    assert "50% of what is wanted was hardly met" in described[2].why
    assert [each.model for each in untold] == ["item_knn", "ease", "sasrec", "bsarec"]
    assert not any(each.settings for each in untold)
