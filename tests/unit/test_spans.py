"""Where the time goes: spans are added up by what they lie in, in whichever thread they are."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lingxi import spans


def spend(seconds: float) -> None:
    """Works for so long."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_spans_are_added_up_beneath_those_around_them() -> None:
    """Given a stage with two steps, its time holds theirs, and what is left is its own."""
    with spans.watched() as profile, spans.span("stage"):
        spend(0.003)
        for _ in range(2):
            with spans.span("step"):
                spend(0.002)

    stage, step = profile.lines()
    assert (stage.path, stage.times) == (("stage",), 1)
    assert (step.path, step.times) == (("stage", "step"), 2)
    assert step.seconds >= 0.004
    assert stage.alone == pytest.approx(stage.seconds - step.seconds)
    assert stage.alone >= 0.003


def test_a_thread_that_works_for_another_begins_where_it_stands() -> None:
    """Given a stage whose work is done by a pool, the pool's spans are found beneath the stage."""

    def work(path: spans.Path) -> None:
        with spans.within(path), spans.span("part"):
            spend(0.001)

    with spans.watched() as profile, spans.span("stage"), ThreadPoolExecutor(1, thread_name_prefix="crew") as pool:
        pool.submit(work, spans.here()).result()

    assert [(line.path, line.times) for line in profile.lines()] == [(("stage",), 1), (("stage", "part"), 1)]
    assert profile.lines()[1].thread.startswith("crew")


def test_nothing_is_noted_where_nobody_asks() -> None:
    """Given no profile, or one that has ended, a span leaves no trace; one that failed is told all the same."""
    told: list[int] = []

    def fail() -> None:
        with spans.watched(lambda profile: told.append(len(profile.lines()))):
            with spans.span("first"):
                spend(0.001)
            raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    with spans.span("second"):
        assert spans.here() == ()

    assert told == [1]
