"""Takes deliveries into the state, on the event loop: in slices of two milliseconds while it answers shoppers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, Final, Protocol

from lingxi.app.calls import Answer, Call
from lingxi.app.writer import Delivery
from lingxi.domain.errors import LingxiError
from lingxi.ports.log import Run

SLICE_SECONDS: Final = 0.002
HURRY_SECONDS: Final = 0.05
"""A slice while nobody is answered: a large one costs a change less."""
SMALLEST: Final = 64
USUAL: Final = 2_048
LARGEST: Final = 16_384
_MAPS: Final = ("entries", "new_items", "new_shoppers")

_logger = logging.getLogger(__name__)


def _at_once(answers: Sequence[tuple[Call, Answer]]) -> None:
    for call, answer in answers:
        call.answer(answer)


class Folds(Protocol):
    """What takes in runs."""

    @property
    def cursor(self) -> int:
        """The last `seq` taken in."""
        ...

    def apply(self, run: Run) -> None:
        """Takes in a run whose first `seq` follows `cursor`."""
        ...


def slices(run: Run, size: int) -> Iterator[Run]:
    """The run in parts of at most `size`; all new ids come with the first."""
    if len(run) <= size:
        yield run
        return
    for start in range(0, len(run), size):
        end = min(start + size, len(run))
        columns = ((f.name, getattr(run, f.name)) for f in fields(run) if f.name not in _MAPS)
        part: dict[str, Any] = {name: None if column is None else column[start:end] for name, column in columns}
        part["entries"] = {row - start: entry for row, entry in run.entries.items() if start <= row < end}
        if start:
            part |= {"new_items": {}, "new_shoppers": {}}
        yield replace(run, **part)


class Fold:
    """The state's only writer. `applied` hears of each run; `taken` is called once for each delivery; `failed` hears
    when the state could not take in a change: it takes in nothing more then, and who waits is told. `answer` gives the
    answers of a delivery that the state has taken in; by default at once."""

    def __init__(
        self,
        state: Folds,
        applied: Callable[[Run], None],
        taken: Callable[[], None],
        failed: Callable[[LingxiError], None],
        answer: Callable[[Sequence[tuple[Call, Answer]]], None] | None = None,
    ) -> None:
        self._state = state
        self._applied = applied
        self._taken = taken
        self._failed = failed
        self._answer = _at_once if answer is None else answer
        self._fault: LingxiError | None = None
        self._waiting: deque[Delivery] = deque()
        self._steps: Iterator[None] | None = None
        self._slice = HURRY_SECONDS
        self.size = LARGEST

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be taken in."""
        return self._steps is None

    def in_time(self) -> None:
        """From now on shoppers are answered between its slices."""
        self._slice, self.size = SLICE_SECONDS, USUAL

    def deliver(self, delivery: Delivery) -> None:
        """Takes it in now if that is quick, else bit by bit."""
        self._waiting.append(delivery)
        if self._fault is not None:
            self._turn_away(self._fault)
        elif self._steps is None:
            self._steps = self._all()
            self._go_on()

    def _go_on(self) -> None:
        """One slice of work, then the loop's other work."""
        until = time.perf_counter() + self._slice
        try:
            for _ in self._steps or ():
                if time.perf_counter() > until:
                    asyncio.get_running_loop().call_soon(self._go_on)
                    return
        except Exception:
            _logger.exception("the state could not take in the change after %d", self._state.cursor)
            self._give_up()
        self._steps = None

    def _give_up(self) -> None:
        what = f"the state could not take in the change after {self._state.cursor}; what was sent is on disk"
        self._fault = LingxiError(what, where="state", remedy="see the server's log; start the server again")
        self._failed(self._fault)
        self._turn_away(self._fault)

    def _turn_away(self, fault: LingxiError) -> None:
        """Tells everybody who waits."""
        while self._waiting:
            for call, _ in self._waiting[0].answers:
                call.answer(fault)
            self._waiting.popleft()
            self._taken()

    def _all(self) -> Iterator[None]:
        """Every delivery, a step for each part of a run; answers follow when its runs are in the state."""
        while self._waiting:
            delivery = self._waiting[0]
            for run in delivery.runs:
                for part in slices(run, self.size):
                    self._apply(part)
                    yield
                self._applied(run)
            self._answer(delivery.answers)
            self._waiting.popleft()
            self._taken()

    def _apply(self, part: Run) -> None:
        started = time.perf_counter()
        self._state.apply(part)
        spent = time.perf_counter() - started
        if len(part) >= SMALLEST:
            fair = len(part) * self._slice / max(spent, 1e-6)
            self.size = int(min(max((self.size + fair) / 2, SMALLEST), LARGEST))
