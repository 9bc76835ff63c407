"""`lingxi doctor` finds what is wrong, says what to do, and leaves with 1."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.app.parts import keys_of
from lingxi.cli.main import assemble
from lingxi.domain.change import Proposal, Release
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.workflows.rules import of

LATER = 4_000_000_000_000_000


def doctor(home: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by name."""
    done = CliRunner().invoke(assemble(), ["doctor", "--home", str(home), "--json"])
    assert done.exit_code in (0, 1), done.exception
    return done.exit_code, {each["name"]: each for each in json.loads(done.stdout)["findings"]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A shop of a thousand events, with a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        (tmp_path / "lingxi.toml").write_text(f"[server]\nport = {free.getsockname()[1]}\n")
    with Desk(tmp_path, config.load(tmp_path), "default") as desk:
        desk.parts.log.append([Proposal(Item(id="tea"), received=1)])
        acts = [Event(kind="view", id=f"e{k}", user="ada", item="tea", at=k) for k in range(1000)]
        desk.parts.log.append([Proposal(each, received=1) for each in acts])
    return tmp_path


def test_a_sound_home_has_no_fault_and_says_what_it_stands_on(home: Path) -> None:
    code, found = doctor(home)
    assert code == 0
    assert not [each for each in found.values() if each["level"] == "fault"]
    assert {"settings", "libraries", "sqlite", "cpu", "memory", "disk", "clock", "timezone", "port", "keys"} <= set(
        found
    )
    assert "1,001 changes" in found["default: log"]["what"]
    assert found["default: integrity"]["level"] == "ok"
    shown = CliRunner().invoke(assemble(), ["doctor", "--home", str(home)])
    assert "what to do" in shown.stdout


def test_a_damaged_database_is_found(home: Path) -> None:
    log = home / "shops" / "default" / "log.db"
    content = bytearray(log.read_bytes())
    content[3 * 4096 : 4 * 4096] = b"\xff" * 4096
    log.write_bytes(content)
    code, found = doctor(home)
    assert code == 1
    assert found["default: log.db"]["level"] == "fault"
    assert "restore" in found["default: log.db"]["remedy"]
    (home / "keys.db").write_bytes(b"no database at all" * 100)
    assert doctor(home)[1]["keys"]["level"] == "fault"


def test_wrong_settings_are_found(home: Path) -> None:
    (home / "lingxi.toml").write_text("[servr]\nport = 1\n")
    code, found = doctor(home)
    assert (code, found["settings"]["level"]) == (1, "fault")
    assert "server" in found["settings"]["remedy"]
    (home / "lingxi.toml").write_text("[shop]\ntimezone = 'Mars/Olympus'\n[server]\nhost = '0.0.0.0'\n")
    code, found = doctor(home)
    assert (code, found["timezone"]["level"], found["keys"]["level"]) == (1, "fault", "fault")
    assert "lingxi key create" in found["keys"]["remedy"]


def test_what_processes_share_is_asked_for(home: Path) -> None:
    """Given a server that nobody runs, a word that is none, and what needs none, each is said; the password is not."""
    for url, level, code in (
        ("valkey://ada:secret@127.0.0.1:1/0", "warning", 0),
        ("valkie://127.0.0.1", "fault", 1),
        ("memory:", "ok", 0),
    ):
        (home / "lingxi.toml").write_text(f"[state]\nshoppers = '{url}'\n")
        left, found = doctor(home)
        assert (left, found["shoppers"]["level"]) == (code, level)
        assert "secret" not in json.dumps(found)
        assert found["shoppers"]["remedy"] or level == "ok"


def test_the_rules_in_force_are_told(home: Path) -> None:
    with Desk(home, config.load(home), "default") as desk:
        desk.set_rules(
            of({"rules": [{"id": "no-tea", "effect": {"kind": "block"}, "items": {"ids": ["tea"]}}]}, ""), force=False
        )
    assert doctor(home)[1]["default: rules"]["what"].startswith("merchant rules in force: 1, version 1,0")


def test_an_encoder_that_is_not_there_is_found(home: Path) -> None:
    with (home / "lingxi.toml").open("a") as file:
        file.write("[text]\nencoder = '/nowhere/bge'\n")

    code, found = doctor(home)

    assert (code, found["texts"]["level"]) == (1, "fault")
    assert "/nowhere/bge" in found["texts"]["what"]


def test_a_port_that_is_taken_and_keys_that_others_may_read(home: Path) -> None:
    keys_of(home).create("web", "default")
    (home / "keys.db").chmod(0o644)
    port = config.load(home).server.port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        code, found = doctor(home)
    assert code == 0
    assert (found["port"]["level"], found["keys"]["level"]) == ("warning", "warning")
    (home / "keys.db").chmod(0o600)
    assert doctor(home)[1]["keys"]["level"] == "ok"


def test_a_clock_behind_the_log_a_model_that_is_gone_and_what_failed(home: Path) -> None:
    with Desk(home, config.load(home), "default") as desk:
        desk.parts.log.append([Proposal(Release(bundle="gone", previous=None), received=LATER)])
        (desk.parts.folder / "training.json").write_text('{"state": "failed", "error": "out of memory"}')
        (desk.parts.folder / "erasures").mkdir()
        asked = {"receipt": "r", "asked": 1, "seq": None, "found": {}}
        (desk.parts.folder / "erasures" / "r.json").write_text(json.dumps({"told": asked, "shoppers": ["u:ada"]}))
    code, found = doctor(home)
    assert code == 1
    assert found["default: clock"]["level"] == "fault"
    assert "models rollback" in found["default: model"]["remedy"]
    assert "out of memory" in found["default: training"]["what"]
    assert "1 erasures" in found["default: erasures"]["what"]


def test_no_home_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(assemble(), ["doctor", "--home", str(tmp_path / "nothing")])
    assert "there is no home" in str(done.exception)
