"""The server's log: a JSON object a line where that is wanted, each with the id of its request."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from lingxi.api.naming import current
from lingxi.cli._logs import log_as


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging as it was, when the test is over."""
    root, ours = logging.getLogger(), logging.getLogger("lingxi")
    kept = list(root.handlers), root.level, ours.level
    token = current.set("cart-7")
    yield
    current.reset(token)
    root.handlers[:], level, own = kept
    root.setLevel(level)
    ours.setLevel(own)
    structlog.reset_defaults()


def _break() -> None:
    raise ValueError("broken")


def speak() -> None:
    """What a server says in the course of a request."""
    logging.getLogger("lingxi.app").info("live: %s", "m1")
    logging.getLogger("lingxi.api").info("request", extra={"route": "/v1/x", "ms": 1.5})
    structlog.get_logger("lingxi.slates").warning("let go", count=3)
    logging.getLogger("elsewhere").info("a stranger")
    try:
        _break()
    except ValueError as error:
        logging.getLogger("lingxi.api").error("failed", exc_info=error)


def test_lines_are_json_and_name_their_request(capsys: pytest.CaptureFixture[str]) -> None:
    log_as(json=True)
    speak()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["live: m1", "request", "let go", "failed"]
    assert {line["request_id"] for line in lines} == {"cart-7"}
    assert lines[1]["route"] == "/v1/x"
    assert lines[2]["count"] == 3
    assert lines[3]["exception"][0]["exc_value"] == "broken"


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    log_as(json=False)
    speak()
    said = capsys.readouterr().err
    for told in ("live: m1", "cart-7", "route", "ValueError"):
        assert told in said
    assert "a stranger" not in said
