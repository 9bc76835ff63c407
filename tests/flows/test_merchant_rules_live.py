"""Merchant rules from a file to a slate: checked, tried beside a shop, set, followed, taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lingxi.app.desk import Desk
from lingxi.cli.main import run
from lingxi.config import Settings
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.slate import Query
from lingxi.ports.slates import SlateRow
from lingxi.state.checkpoint import arrays_of, state_of

NOW = 1_700_000_000_000_000
RULES = """
[[rules]]
id = "hero"
effect = { kind = "pin", position = 1 }
items = { ids = ["p9"] }
surfaces = ["home"]
schedule = { from = 2020-01-01T00:00:00, until = "2999-01-01" }

[[rules]]
id = "gone"
effect = { kind = "block" }
items = { categories = ["Aisle 1"] }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose shop has twelve items and has answered two requests."""
    folder = tmp_path / "home"
    with Desk(folder, Settings(), "default") as desk:
        goods = [Item(id=f"p{no}", title=f"Item {no}", category=f"Aisle {no % 3}") for no in range(12)]
        acts = [Event(id=f"e{no}", kind="purchase", item=f"p{no}", user="u", at=NOW) for no in range(6)]
        desk.parts.log.append([Proposal(entry, NOW) for entry in (*goods, *acts)])
        for query in (Query(n=5), Query(surface="similar", items=("p1",), n=3)):
            slate, _ = desk.recommend(query)
            row = SlateRow(at=NOW, user=None, session=None, slate=slate, query=query)
            desk.parts.slates.put([row])
    return folder


@pytest.fixture
def said(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Runs `lingxi rules …`: its exit code, what it printed as JSON (or as text), what it complained of."""

    def call(*arguments: str, code: int = 0, text: bool = False) -> Any:
        capsys.readouterr()
        options = [] if text else ["--json"]
        assert run(["rules", *arguments, "--home", str(home), *options]) == code
        out = capsys.readouterr()
        return out.err if code else out.out if text else json.loads(out.out)

    return call


def rules_file(home: Path, text: str = RULES, name: str = "rules.toml") -> str:
    file = home.parent / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def shown(home: Path) -> list[str]:
    with Desk(home, Settings(), "default") as desk:
        return [pick.item for pick in desk.recommend(Query(n=5))[0].picks]


def test_rules_are_tried_set_and_taken_back(home: Path, said: Any) -> None:
    """Given a file of rules, when it is tried, then the change is told and nothing is changed; set, it holds, for a
    state from a checkpoint too; taken back, the shop is as before."""
    file, before = rules_file(home), shown(home)
    trial = said("try", file)
    assert (trial["asked"], trial["changed"], trial["skipped"]) == (2, 2, 0)
    assert trial["rules"] == {"hero": 1, "gone": 2}
    assert "p1" in {each["item"] for each in trial["vanishes"]}
    assert trial["examples"][-1]["after"][0] == "p9"
    assert shown(home) == before
    assert said("list")["version"] == 0

    first = said("set", file, "--why", "spring")["version"]
    now = shown(home)
    assert now[0] == "p9"
    assert not {"p1", "p4", "p7"} & set(now)
    with Desk(home, Settings(), "default") as desk:
        state = desk.state()
        kept = state_of(*arrays_of(state), state.leave_out)
        assert (kept.rules, kept.rules_seq) == (state.rules, first)
    assert said("list")["rules"][0]["schedule"] == {"from": "2020-01-01T00:00:00", "until": "2999-01-01"}
    row = next(line for line in said("list", text=True).splitlines() if line.startswith("hero"))
    assert row.split()[:7] == ["hero", "pin", "position", "1", "ids", "p9", "home"]

    second = said("set", rules_file(home, "", "none.toml"))["version"]
    assert said("rollback")["version"] > second
    assert shown(home) == now
    said("rollback")
    assert shown(home) == before
    assert [each["rules"] for each in said("list", "--versions")] == [0, 2, 0, 2]
    assert "nothing to go back to" in said("rollback", code=1)
    said("rollback", "--to", str(first))
    assert shown(home) == now
    assert "no version 99" in said("rollback", "--to", "99", code=2)


def test_json_says_the_same_as_toml(home: Path) -> None:
    """Given the same rules as JSON, when both are read, then they are equal."""
    from lingxi.workflows.rules import read_file

    toml = read_file(Path(rules_file(home)))
    text = msgspec.json.encode({"rules": toml.rules}).decode()
    assert read_file(Path(rules_file(home, text, "rules.json"))) == toml


def test_what_is_listed_can_be_set_again(home: Path, said: Any) -> None:
    """Given rules that were set, when what `list` prints is set, or an older version is looked at, then it is them."""
    first = said("set", rules_file(home))["version"]
    listed = said("list")
    said("set", rules_file(home, json.dumps(listed), "again.json"))
    assert said("list")["rules"] == listed["rules"]
    said("set", rules_file(home, "", "none.toml"))
    assert said("list", "--version", str(first)) == listed
    assert "no version 3" in said("list", "--version", "3", code=2)


def entry(effect: str, items: str = "ids = ['p1']", more: str = "", name: str = "r") -> str:
    return f'[[rules]]\nid = "{name}"\neffect = {{ {effect} }}\nitems = {{ {items} }}\n{more}\n'


def test_what_is_wrong_is_said_and_nothing_is_set(home: Path, said: Any) -> None:
    """Given an impossible rule, and two that contradict each other, when they are set, then neither is; forced, the
    second is, and the contradiction is told."""
    assert "the effect is empty" in said("set", rules_file(home, entry("kind = 'boost'")), code=2)
    both = rules_file(home, entry("kind = 'pin', position = 1") + entry("kind = 'block'", name="b"))
    assert "'r' pins item 'p1', which 'b' blocks" in said("set", both, code=1)
    assert "contradict" in said("check", both, code=1, text=True)
    assert said("list")["version"] == 0
    assert len(said("set", both, "--force")["conflicts"]) == 1
    assert "no such file" in said("check", "nowhere.toml", code=2)


def test_what_matches_nothing_now_is_told_and_stored(home: Path, said: Any) -> None:
    """Given names that the shop does not have, when the rules are set, then each is told with the nearest, and they
    are in force."""
    text = entry("kind = 'block'", "categories = ['Aisle 11']", "surfaces = ['hoem']")
    text += entry("kind = 'block'", "brands = ['x'], ids = ['p77']", "schedule = { until = '2001-01-01' }", "b")
    warned = " ".join(said("set", rules_file(home, text))["warnings"])
    for each in (
        "no surface 'hoem'; is it 'home'?",
        "there is no category 'Aisle 11'; is it 'Aisle 1'?",
        "there is no brand 'x'",
        "there is no item 'p77'",
        "rule 'b': it is about no item of the shop now",
        "rule 'b': its time is over",
    ):
        assert each in warned
    assert said("list")["version"] > 0


def test_a_trial_can_be_of_another_time(home: Path, said: Any) -> None:
    """Given a rule for a day to come, when it is tried now and as of that day, then only then it changes slates."""
    text = entry("kind = 'block'", more="schedule = { from = '2099-11-11', until = '2099-11-12' }")
    assert said("try", rules_file(home, text))["changed"] == 0
    assert said("try", rules_file(home, text), "--at", "2099-11-11T09:00")["changed"] > 0
    table = said("try", rules_file(home, text), "--at", "2099-11-11T09:00", text=True)
    assert "1 of 2 slates change" in table
