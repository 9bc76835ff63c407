"""How deliveries reach the state: in parts, in order, and what happens when the state cannot take one in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lingxi.app.calls import Answer, Call
from lingxi.app.fold import Fold, slices
from lingxi.app.writer import Delivery
from lingxi.domain.errors import LingxiError
from lingxi.ingest.accept import Prepared
from lingxi.ports.log import Run
from lingxi.state.checkpoint import digest
from lingxi.state.state import State
from runs import Act, run_of

MANY = 5_000


def many() -> Run:
    """More changes than go into the state at once."""
    return run_of([Act(no % 4, "view", no % 6, 1_000_000 * no) for no in range(MANY)])


@pytest.mark.parametrize("marked", [False, True])
def test_a_run_in_parts_is_the_same_run(marked: bool) -> None:
    run = many()
    if marked:
        run = replace(run, left_out=np.arange(MANY) % 3 == 0)
    parts = list(slices(run, 2048))
    assert [len(part) for part in parts] == [2048, 2048, 904]
    assert np.concatenate([part.seq for part in parts]).tolist() == run.seq.tolist()
    assert all((part.left_out is None) == (run.left_out is None) for part in parts)
    whole, in_parts = State.empty(), State.empty()
    whole.apply(run)
    for part in parts:
        in_parts.apply(part)
    assert in_parts.cursor == whole.cursor
    assert digest(in_parts) == digest(whole)


class Broken:
    """A state that takes in one run, and no second."""

    cursor = 0

    def apply(self, run: Run) -> None:
        if self.cursor:
            raise TypeError("broken")
        self.cursor = int(run.seq[-1])


def test_who_waits_for_a_state_that_broke_is_told_and_nothing_hangs() -> None:
    answers: list[Answer] = []
    faults: list[LingxiError] = []
    taken: list[int] = []
    call = Call(lambda: Prepared(()), 1, answers.append)

    async def deliver() -> None:
        fold = Fold(Broken(), lambda _: None, lambda: taken.append(1), faults.append)
        for first in (1, 2, 3):
            fold.deliver(Delivery([run_of([Act(0, "view", 0, 1)], first)], [(call, [])]))
        assert fold.idle

    run_alone(deliver())
    assert answers[0] == []
    assert [str(each).split(";")[0] for each in answers[1:]] == ["the state could not take in the change after 1"] * 2
    assert len(faults) == 1
    assert len(taken) == 3


def run_alone(task: Coroutine[Any, Any, None]) -> None:
    """On a thread of its own: a browser test of the same process may have left a loop on this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, task).result()
