"""What is told of where the time went, and how far a training is."""

from __future__ import annotations

import io
import re
import sys

import pytest

from lingxi.cli._profile import flame, rows
from lingxi.cli._progress import bars
from lingxi.spans import Line

LINES = [
    Line("MainThread", ("lingxi train",), 1, 10.0, 2.0),
    Line("MainThread", ("lingxi train", "epoch"), 4, 8.0, 1.0),
    Line("MainThread", ("lingxi train", "epoch", "forward"), 40, 7.0, 7.0),
    Line("crew_0", ("lingxi train", "epoch", "forward"), 40, 6.0, 6.0),
]


def test_the_table_adds_up_what_threads_did() -> None:
    """Given forward passes in two threads, one row has both, beneath the epoch that they are in."""
    assert list(rows(LINES)) == [
        ("lingxi train", "1", "10.00", "2.00", "20%"),
        ("  epoch", "4", "8.00", "1.00", "10%"),
        ("    forward", "80", "13.00", "13.00", "130%"),
    ]


def test_the_file_is_one_that_speedscope_draws() -> None:
    """Given spans of two threads, each is a profile whose stacks weigh what was spent in them alone."""
    found = flame(LINES)

    names = [each["name"] for each in found["shared"]["frames"]]
    assert names == ["lingxi train", "epoch", "forward"]
    main, crew = found["profiles"]
    assert (main["name"], crew["name"]) == ("MainThread", "crew_0")
    assert main["samples"] == [[0], [0, 1], [0, 1, 2]]
    assert main["weights"] == [2.0, 1.0, 7.0]
    assert main["endValue"] == sum(main["weights"])
    assert [len(each["samples"]) for each in found["profiles"]] == [len(each["weights"]) for each in found["profiles"]]


class Terminal(io.StringIO):
    """What people look at."""

    def isatty(self) -> bool:
        return True


def test_a_bar_shows_loss_speed_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a fit that tells its loss and speed between epochs, the bar shows both, and a time that is left."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")

    with bars() as watch:
        watch("fit 1 of 3", 0.25, loss=6.25, places_a_second=12345.6)
        watch("fit 1 of 3", 0.5)

    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "loss 6.25  places a second 12,346" in shown
    assert "50%" in shown
    assert re.search(r"left (-:--:--|\d:\d\d:\d\d)", shown)
