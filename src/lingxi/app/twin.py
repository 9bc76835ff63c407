"""What the fold writes to: the live state, which another one can take the place of between two changes."""

from __future__ import annotations

import asyncio

from lingxi.ports.log import Run
from lingxi.state.state import State

FEW_RUNS = 16


class Twin:
    """The live state; while another is made ready, it remembers what the fold takes in meanwhile. Owned by the loop."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._meanwhile: list[Run] | None = None

    @property
    def cursor(self) -> int:
        """The last `seq` taken in."""
        return self.state.cursor

    def apply(self, run: Run) -> None:
        """Takes in a run."""
        self.state.apply(run)
        if self._meanwhile is not None:
            self._meanwhile.append(run)

    def begin(self) -> int:
        """From now on it remembers; the cursor up to which the other one must come by itself."""
        self._meanwhile = []
        return self.state.cursor

    async def swap(self, fresh: State) -> None:
        """Brings `fresh`, which nobody else touches, to where the live state is, and puts it in its place."""
        while len(runs := self._meanwhile or []) > FEW_RUNS:
            self._meanwhile = []
            await asyncio.to_thread(_apply, fresh, runs)
        _apply(fresh, self._meanwhile or [])
        self.state, self._meanwhile = fresh, None

    def give_up(self) -> None:
        """Nothing takes its place after all."""
        self._meanwhile = None


def _apply(state: State, runs: list[Run]) -> None:
    for run in runs:
        state.apply(run)
