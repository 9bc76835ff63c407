"""Commands that the demo starts."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from lingxi.cli._children import Children
from lingxi.domain.errors import Unavailable

WAITS = [sys.executable, "-c", "import sys; sys.stdin.close(); import signal; signal.pause()"]


def says(what: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({what!r}); raise SystemExit({code})"]


def test_leaving_ends_every_child() -> None:
    # Given a command that would wait for ever, when the demo leaves
    with Children() as children:
        process = children.start("server", WAITS)
    # Then it has ended
    assert process.returncode is not None


def test_what_a_command_says_goes_into_its_log(tmp_path: Path) -> None:
    with Children() as children:
        log = tmp_path / "training.log"
        assert children.attempt("training", says("epoch 1"), threading.Event(), log)
        assert log.read_text() == "epoch 1\n"
        assert not children.attempt("training", says("no", 1), threading.Event(), log)


def test_a_command_that_must_succeed_and_does_not_is_named() -> None:
    with Children() as children, pytest.raises(Unavailable, match="import ended with 3"):
        children.finish("import", says("no disk", 3), threading.Event())


def test_waiting_ends_when_the_demo_is_told_to_end() -> None:
    # Given that the demo was told to end, when it waits for its server
    ended = threading.Event()
    ended.set()
    with Children() as children:
        server = children.start("server", WAITS)
        children.wait(server, ended)
        # Then it goes on at once, and the server still runs until it leaves
        assert server.poll() is None


def test_training_stops_when_the_server_dies() -> None:
    # Given a server that ends while a model is trained
    with Children() as children:
        children.start("server", says("port taken", 1))
        with pytest.raises(Unavailable, match="server ended with 1"):
            children.attempt("training", WAITS, threading.Event(), None)
