"""`lingxi evaluate`: every model on the shop's own log, compared on days that none has seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from learning_shop import fill
from lingxi import registry
from lingxi.backends.log.sqlite import open_log
from lingxi.cli.main import run
from lingxi.domain.change import Proposal
from lingxi.domain.user import Trait, User
from lingxi.train.slices import Part

DAYS = 40


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose sixty shoppers have two tastes, told apart by a trait."""
    home = tmp_path_factory.mktemp("evaluate") / "home"
    log = open_log(home / "shops" / "default")
    fill(log, DAYS)
    users = [User(id=f"u{no}", traits={"taste": Trait(value="AB"[no % 2], sensitive=True)}) for no in range(60)]
    log.append([Proposal(user, 1) for user in users])
    log.close()
    (home / "lingxi.toml").write_text("[train]\nnice = 0\nholdout_days = 7\n", encoding="utf-8")
    return home


def evaluated(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["evaluate", "--home", str(home), "--json", "--minutes", "1", "--threads", "1", *arguments]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_models_are_compared_on_days_that_none_has_seen(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = evaluated(home, capsys, "--models", "popular,item_knn", "--seeds", "2")
    rows = {row["model"]: row for row in found["rows"]}
    assert set(rows) == {"popular", "item_knn", "own_decayed"}
    assert found["until"] - found["since"] == 7 * 86_400_000_000
    assert found["shoppers"] == 60
    assert rows["own_decayed"]["difference"] == {}
    gap = rows["popular"]["difference"]["10"]
    mean = rows["popular"]["at"]["10"]["recall"] - rows["own_decayed"]["at"]["10"]["recall"]
    assert gap["estimate"] == pytest.approx(mean)
    assert gap["low"] <= gap["estimate"] <= gap["high"]
    assert all(row["seeds"] == 2 and row["bytes"] > 0 and row["ms"] > 0 for row in rows.values())
    # Who buys from ten of twenty items is served better by what goes together than by what all buy.
    assert rows["item_knn"]["at"]["10"]["recall"] > rows["popular"]["at"]["10"]["recall"]
    assert not (home / "shops" / "default" / "evaluation").exists()
    assert not list((home / "shops" / "default").glob("bundles/*"))


def test_each_shoppers_last_choice_can_be_foretold(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = evaluated(home, capsys, "--models", "popular,item_knn", "--protocol", "leave-one-out")
    rows = {row["model"]: row for row in found["rows"]}
    assert found["protocol"] == "leave-one-out"
    assert found["shoppers"] == 60
    # One item each: who finds it has a recall of 1, and precision at ten is a tenth of that.
    for row in rows.values():
        at = row["at"]["10"]
        assert at["recall"] == at["hit_rate"] == pytest.approx(10 * at["precision"])
        assert 0 <= at["mrr"] <= at["ndcg"] <= at["recall"]
    # Of the right taste are ten of twenty: the whole ranking is better than chance, where popularity hardly is.
    assert rows["item_knn"]["at"]["10"]["auc"] > rows["popular"]["at"]["10"]["auc"] > 0.4
    assert rows["item_knn"]["beyond"]["10"]["serendipity"] >= 0


def test_parts_are_of_the_same_figures(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = evaluated(home, capsys, "--models", "popular")
    row = next(row for row in found["rows"] if row["model"] == "popular")
    parts = [Part(**each) for each in row["parts"]]
    tastes = [part for part in parts if part.by == "taste"]
    assert [(part.part, part.shoppers) for part in tastes] == [("A", 30), ("B", 30)]
    whole = sum(part.recall * part.shoppers for part in tastes) / 60
    assert whole == pytest.approx(row["at"]["10"]["recall"])
    assert all(part.shoppers >= 20 for part in parts)


def test_the_table_shows_every_model_and_its_parts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["evaluate", "--home", str(home), "--models", "popular", "--threads", "1", "--parts"]
    assert run(asked) == 0
    told = capsys.readouterr().out
    for said in ("popular", "own_decayed", "95 % interval", "taste", "activity", "auc", "serendipity", "lift"):
        assert said in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--models", "populr"], "popular"),
        (["--protocol", "leave-two-out"], "leave-one-out"),
        (["--against", "none"], ", ".join(registry.names("models"))),
        (["--threads", "-2"], "train.threads"),
    ],
)
def test_what_cannot_be_compared_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["evaluate", "--home", str(home), *arguments]) == 2
    assert said in capsys.readouterr().err
