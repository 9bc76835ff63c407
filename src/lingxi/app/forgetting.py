"""Forgets shoppers: at once in answers, then in the log, then in everything that was made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lingxi.app.answering import Answering
from lingxi.app.parts import Parts
from lingxi.app.renewal import Renewal
from lingxi.app.saver import Saver
from lingxi.app.seat import Seat
from lingxi.app.takeover import Joining
from lingxi.app.twin import Twin
from lingxi.config import Settings
from lingxi.domain.change import Erasure
from lingxi.ingest.identity import new_id
from lingxi.ports.log import Run
from lingxi.workflows.forget import begin
from lingxi.workflows.receipts import Forgotten, Receipts


class Forgetting:
    """Owned by the event loop. The first process makes the state anew, others take over what it made."""

    def __init__(
        self, parts: Parts, settings: Settings, seat: Seat, twin: Twin, saver: Saver, answering: Answering
    ) -> None:
        self._parts, self._seat, self._twin, self._saver, self._answering = parts, seat, twin, saver, answering
        self._erased = 0
        self._renewal: Renewal | Joining
        if seat.first:
            self._renewal = Renewal(parts, settings, twin, saver, self._renewed)
        else:
            self._renewal = Joining(parts, twin, lambda: self._erased, self._renewed)

    async def start(self) -> None:
        """Takes up what was begun before."""
        state = self._twin.state
        if not self._seat.first:
            if state.stale:
                self.need()
            return
        waiting = await asyncio.to_thread(Receipts(self._parts.folder).pending)
        if state.stale or waiting:
            self.need()
        elif self._erased:
            # It was folded anew just now; others wait for such a state.
            await self._saver.save(state)
        if self._seat.shared and isinstance(self._renewal, Renewal):
            self._renewal.watch()

    async def forget(self, shopper: str, closing: Callable[[], bool]) -> Forgotten:
        """See `Engine.forget`; it waits no longer when the shop is `closing`."""
        now, ground = self._parts.clock.now(), self._parts.ground()
        told = await asyncio.to_thread(begin, ground, shopper, new_id(), now)
        while told.seq is not None and self._twin.cursor < told.seq and not closing():
            await asyncio.sleep(0.005)
        self.need()
        return told

    def hear(self, run: Run, *, serving: bool) -> None:
        """The state has taken in a run, and may have forgotten somebody; while it is `serving`, others answer so."""
        erased = [int(run.seq[row]) for row, entry in run.entries.items() if isinstance(entry, Erasure)]
        if not erased:
            return
        self._erased = max(erased)
        if serving and self._twin.state.stale:
            self._answering.forget()
            self.need()

    def need(self) -> None:
        """Asks for a state that holds nobody who was forgotten."""
        self._renewal.need()

    async def stop(self) -> None:
        """Ends it; what is not complete is taken up at the next start."""
        await self._renewal.stop()

    def _renewed(self, gone: set[str] | None) -> None:
        """The state was made anew without these shoppers; None: it is not known here who they were."""
        self._answering.forget()
        self._answering.drop(gone)
