"""`lingxi train --profile`: where the time of a training went, as a table and as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from learning_shop import DAY, START, fill, goods_of, two_tastes
from lingxi import registry, spans
from lingxi.backends.log.sqlite import open_log
from lingxi.cli._profile import FILE
from lingxi.cli.main import run


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def test_a_training_tells_where_its_time_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a small shop, the table names each stage of the training, and the file is one that speedscope opens."""
    home = tmp_path / "home"
    log = open_log(home / "shops" / "default")
    fill(log, 40)
    log.close()
    (home / "lingxi.toml").write_text("[train]\nnice = 0\nholdout_days = 7\nthreads = 1\n", encoding="utf-8")
    asked = ["train", "--home", str(home), "--model", "popular", "--minutes", "1"]

    assert run([*asked, "--profile"]) == 0

    told = capsys.readouterr().out
    for stage in ("snapshot", "fit 1 of 3", "blend", "fit 2 of 3", "judge", "publish", "share"):
        assert stage in told
    file = home / "shops" / "default" / FILE
    assert str(file) in told
    found = json.loads(file.read_bytes())
    assert found["$schema"].startswith("https://www.speedscope.app/")
    names = [each["name"] for each in found["shared"]["frames"]]
    assert {"lingxi train", "judge", "export"} <= set(names)
    (main,) = found["profiles"]
    assert main["endValue"] == pytest.approx(sum(main["weights"]))
    # Off, nothing is written and nothing is told.
    file.unlink()
    assert run(asked) == 0
    assert not file.exists()
    assert "share" not in capsys.readouterr().out


@pytest.mark.parametrize("threads", [1, 2])
def test_a_net_tells_what_its_steps_are_made_of(threads: int) -> None:
    """Given a net that learns in one thread or two, every part of a step is found beneath the step, whoever did it."""
    config = registry.load("models", "sasrec", "Config")(
        epochs=2, width=16, layers=1, heads=1, length=16, minutes=5.0, threads=threads
    )
    acts, cut = two_tastes(), START + 22 * DAY
    model = registry.load("models", "sasrec", "build")(config, 7)

    with spans.watched() as profile:
        model.fit(acts.before(cut), goods_of(20), cut, acts.where(acts.at >= cut), silent)

    found = {line.path: line for line in profile.lines()}
    step = ("epoch", "step")
    for path in (
        ("epoch", "batches made"),
        ("epoch", "waiting for batches"),
        (*step, "items seen"),
        (*step, "forward"),
        (*step, "forward", "softmax"),
        (*step, "backward"),
        (*step, "optimizer"),
        ("exam",),
    ):
        assert found[path].seconds > 0, path
    assert found["epoch",].times == found["exam",].times == 2
    forwards = sum(line.times for line in profile.lines() if line.path == (*step, "forward"))
    assert found[step].times < forwards <= 2 * found[step].times
