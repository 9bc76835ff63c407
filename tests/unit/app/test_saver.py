"""What is saved is the state as it stood, however it goes on meanwhile."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from lingxi.app.saver import Saver
from lingxi.config import State as Settings
from lingxi.state.checkpoint import digest, state_of
from lingxi.state.state import State
from runs import ITEMS, Act, run_of


class Slow:
    """Checkpoints that begin to write when they are told to."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def save(self, seq: int, arrays: dict[str, np.ndarray], about: dict[str, Any]) -> None:
        assert self.go.wait(30)
        self.held = (seq, {name: array.copy() for name, array in arrays.items()}, about)


def acts(count: int, first: int) -> list[Act]:
    return [Act(k % 3, "purchase", k % ITEMS, 1_000_000 * (first + k), str(first + k)) for k in range(count)]


def test_a_checkpoint_holds_nothing_that_came_after_it_was_begun() -> None:
    checkpoints, state = Slow(), State.empty()
    state.apply(run_of(acts(50, 1)))
    before = digest(state)

    async def save() -> None:
        saver = Saver(checkpoints, Settings(), 0)
        saving = asyncio.create_task(saver.save(state))
        await asyncio.sleep(0.05)
        state.apply(run_of(acts(50, 51), 51, name=False))
        checkpoints.go.set()
        await saving

    with ThreadPoolExecutor(1) as pool:  # a browser test of the same process may have left a loop on this thread
        pool.submit(asyncio.run, save()).result()
    seq, arrays, about = checkpoints.held
    assert seq == 50
    assert digest(state_of(arrays, about)) == before != digest(state)
