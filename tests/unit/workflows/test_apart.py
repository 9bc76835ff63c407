"""Work in a process of its own begins at once, and waits for nobody who does not listen yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lingxi.domain.errors import Unavailable
from lingxi.ports.model import Watch
from lingxi.workflows.apart import Apart

FAR = 50_000


def chatty(watch: Watch) -> Iterator[int]:
    for step in range(FAR + 1):
        watch("one", step / FAR)
    watch("two", 0.5)
    yield 7


def test_progress_is_told_by_the_hundredth_to_who_asks_late() -> None:
    told: list[tuple[str, float]] = []
    running = Apart(chatty, "work")
    running._process.join(30)  # nobody has listened until it was done
    results = list(running.results(lambda stage, done, **_: told.append((stage, done))))
    assert results == [7]
    first = [done for stage, done in told if stage == "one"]
    assert len(first) <= 102
    assert first[0] == 0.0
    assert first[-1] == 1.0
    assert told[-1] == ("two", 0.5)


def broken(watch: Watch) -> Iterator[int]:
    watch("one", 0.1)
    raise Unavailable("the disk is gone", where="here", remedy="look")
    yield 1


def test_what_it_raises_is_raised_where_its_results_are_asked_for(tmp_path: Path) -> None:
    running = Apart(broken, "work")
    with pytest.raises(Unavailable, match="the disk is gone"):
        list(running.results(lambda *_, **__: None))
