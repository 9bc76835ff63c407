"""The command line: every failure is one line and an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lingxi.cli.main import assemble, run


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1, errors
    assert errors.startswith("lingxi: ")
    return errors


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["srve"], 2, "serve"),
        (["serve", "--prt", "1"], 2, "--port"),
        (["import", "compltejourney"], 2, "completejourney"),
        (["recommend", "hme"], 2, "home"),
        (["models", "show", "none"], 2, "none"),
        (["key", "revoke", "none"], 2, "none"),
        (["recommend", "home", "-n", "1000"], 2, "100"),
        (["key", "create", "x", "--shop", "../up"], 2, "shop"),
        (["models", "rollback"], 1, "roll"),
        (["recommend", "home", "-n", "0"], 2, "n: expected `int` >= 1"),
        (["recommend", "home", "--shop", "zz"], 2, "default"),
        (["inspect", "--shop", "zz"], 2, "default"),
        (["inspect", "--against", "shop:zz"], 2, "default"),
        (["inspect", "--html", "/nope/x.html"], 2, "--html"),
        (["train", "--minutes", "0"], 2, "train.minutes"),
        (["train", "--threads", "-1"], 2, "train.threads"),
        (["train", "--model", "sequense"], 2, "sequence"),
        (["train", "--set", "width"], 2, "name=value"),
        (["train", "--set", "widht=32"], 2, "'width'"),
        (["train", "--model", "auto", "--set", "width=32"], 2, "--model"),
        (["key", "create", ""], 2, "NAME"),
        (["export", "."], 2, "new folder"),
        (["backup", "."], 2, "new file or folder"),
    ],
)
def test_a_failure_is_one_line_with_what_can_be_done(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("LINGXI_HOME", str(tmp_path / "home"))
    assert run(["init", "--json"]) == 0
    capsys.readouterr()
    assert run(arguments) == code
    assert said in told(capsys)


@pytest.mark.parametrize(
    "arguments",
    [["models", "list"], ["doctor"], ["key", "list"], ["key", "rotate", "3f9a"], ["key", "revoke", "3f9a"], ["tidy"]],
)
def test_a_home_that_is_not_there_is_told_and_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run([*arguments, "--home", str(tmp_path / "none")]) == 2
    assert "lingxi init" in told(capsys)
    assert not (tmp_path / "none").exists()


def test_a_mistyped_shop_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    assert run(["init", "--home", str(home), "--json"]) == 0
    assert run(["models", "list", "--home", str(home), "--shop", "zz"]) == 2
    capsys.readouterr()
    assert [each.name for each in (home / "shops").iterdir()] == ["default"]


def test_init_makes_a_home_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for created in (True, False):
        assert run(["init", "--home", str(tmp_path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["created"] is created


def test_a_key_is_shown_once_and_listed_without_its_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["key", "create", "web", "--home", str(tmp_path)]) == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("lx_")
    assert run(["key", "list", "--home", str(tmp_path), "--json"]) == 0
    listed = capsys.readouterr().out
    assert secret not in listed
    assert json.loads(listed)["keys"][0]["name"] == "web"


def test_every_command_gives_an_example() -> None:
    cli = assemble()
    commands = [*cli.registered_commands]
    for group in cli.registered_groups:
        assert group.typer_instance is not None
        commands += group.typer_instance.registered_commands
    assert [command.name for command in commands if "xample" not in (command.epilog or "")] == []
