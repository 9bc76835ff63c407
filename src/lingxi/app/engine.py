"""A running shop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lingxi.app.answering import Answering
from lingxi.app.daily import Daily
from lingxi.app.explaining import Explaining, Explanation
from lingxi.app.fold import Fold
from lingxi.app.foresight import Foresight
from lingxi.app.forgetting import Forgetting
from lingxi.app.health import Health, health_of
from lingxi.app.live import Live
from lingxi.app.parts import Parts
from lingxi.app.posted import posted_users
from lingxi.app.pressure import Pressure
from lingxi.app.releasing import Releasing
from lingxi.app.saver import Saver
from lingxi.app.seat import ALONE, Seat
from lingxi.app.sending import Sending
from lingxi.app.sharing import Noted, Sharing
from lingxi.app.shelf import Shelf
from lingxi.app.tending import Tending
from lingxi.app.told import IMPORT_FILE, SERVING_FILE, tell_serving, told, training
from lingxi.app.twin import Twin
from lingxi.app.warmup import warm_up
from lingxi.config import Settings
from lingxi.domain.change import Alias, Receipt, Release
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.domain.merchandising import RuleSet
from lingxi.domain.slate import Query
from lingxi.domain.user import User
from lingxi.ingest.body import Sent
from lingxi.ports.log import Run
from lingxi.ports.slates import SlateRow
from lingxi.recommend.counts import Counts
from lingxi.recommend.memory import Memory
from lingxi.recommend.merchandising.warm import WARM_UP
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.state.state import State
from lingxi.state.warm import warm
from lingxi.workflows.fold import saved
from lingxi.workflows.receipts import Forgotten


class Engine:
    """One shop: its log, live state, live bundle and slates.

    Every method is called on the event loop that called `start`; the state is touched by no other thread. `seat` says
    which of several processes that serve the shop this one is.
    """

    def __init__(self, parts: Parts, settings: Settings, seat: Seat = ALONE) -> None:
        self.parts = parts
        self.settings = settings
        self.seat = seat
        warm()
        self._twin = Twin(saved(parts.log, parts.checkpoints))
        self.live = Live(parts.bundles, lambda: self.state.items.number, self._look_ahead)
        shared = parts.shared(settings.state.shoppers)
        self._sharing = None if shared is None else Sharing(shared, lambda: self.state)
        self._answering = Answering(parts, settings, self._twin, self.live, self._sharing)
        self._foresight = Foresight(self._answering.pressure, self._answering.foresee)
        self._explaining = Explaining(parts, settings, seat, self._answering)
        self._sending = Sending(parts, settings, seat, self.state.cursor)
        self._releasing = Releasing(parts, settings, self.live, self._sending)
        self._tending = Tending()
        self._saver = Saver(parts.checkpoints, settings.state, self.state.cursor)
        self._forgetting = Forgetting(parts, settings, seat, self._twin, self._saver, self._answering)
        self._daily = Daily(parts, settings.retention, self._forgetting.need)
        if self._sharing is None:
            self._fold = Fold(self._twin, self._applied, self._taken, self._failed)
        else:
            noted, answer = Noted(self._twin, self._sharing), self._sharing.answer
            self._fold = Fold(noted, self._applied, self._taken, self._failed, answer)
        self._caught_up = asyncio.Event()
        self._warm = False

    @property
    def state(self) -> State:
        """The live state."""
        return self._twin.state

    @property
    def shelf(self) -> Shelf:
        """The catalog as the shop's pages read it."""
        return Shelf(self.state, self.parts.clock.now)

    async def start(self) -> None:
        """Folds what the checkpoint does not have, takes in the live bundle, answers once: then it is ready."""
        await self._sending.start(self.state, self._fold)
        await self._caught_up.wait()
        if self.state.release is not None:
            self.live.release(self.state.release)
        await self.live.settled()
        warm_up(self.state, self._answering.rehearse)
        recommend(Query(), replace(self.scene(), rules=WARM_UP, memory=Memory()))
        self._warm = True
        self._look_ahead()
        self.pressure.lag.start()
        if self.seat.first:
            await asyncio.to_thread(tell_serving, self.parts.folder, self.seat.pid)
        await self._forgetting.start()
        if self.seat.first:
            self._daily.start()

    async def send_events(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores events as they were sent; a receipt for each, in order, once it is on disk and in the state.

        Raises:
            Unavailable: it was not stored, or only in part.
        """
        return await self._sending.events(sent)

    async def send_items(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores items as they were sent, whole."""
        return await self._sending.items(sent)

    async def change_items(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores changes to items that exist."""
        return await self._sending.item_changes(sent)

    async def send_users(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores users as they were sent, whole."""
        return await self._sending.users(sent)

    async def change_users(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores changes to users who exist."""
        return await self._sending.user_changes(sent)

    async def send_entry(self, entry: Release | Alias | RuleSet) -> Receipt:
        """Stores a release, an alias or a set of merchant rules."""
        return await self._sending.entry(entry)

    async def forget(self, shopper: str) -> Forgotten:
        """Forgets a shopper (`u:…`, `s:…`) and who is the same person: they are unknown when this returns.

        What they did still counts for the items until the state is made anew; the receipt says when all is complete.

        Raises:
            Unavailable: the log cannot be written now.
        """
        return await self._forgetting.forget(shopper, lambda: self._sending.closing)

    def admit(self) -> None:
        """Lets a request for a slate in; before anything of it is read.

        Raises:
            Unavailable: the shop is still being opened, or more ask than can be answered.
        """
        if not self._warm:
            raise Unavailable("the shop is being opened", remedy="see /health/ready")
        self._answering.admit()

    async def answer(self, query: Query) -> SlateRow:
        """Answers a request, and keeps the slate; see `Answering.answer`."""
        return await self._answering.answer(query)

    async def explain(self, request: str) -> Explanation:
        """Why a slate was what it was; see `Explaining.explain`."""
        return await self._explaining.explain(request)

    def scene(self) -> Scene:
        """The shop as it is now."""
        return self._answering.scene()

    async def promote(self, bundle: str, *, force: bool, why: str, by: str) -> str | None:
        """Releases a bundle if the gate lets it, and returns what serves then; see `Releasing.promote`."""
        return await self._releasing.promote(bundle, force=force, why=why, by=by)

    async def roll_back(self, *, why: str, by: str) -> str | None:
        """Releases what was live before, and returns what serves then; see `Releasing.roll_back`."""
        return await self._releasing.roll_back(why=why, by=by)

    def posted_users(self, limit: int, offset: int = 0) -> list[User]:
        """Users that were posted; reads the log, so not on the loop."""
        return posted_users(self.parts, limit, offset)

    async def health(self) -> Health:
        """Whether it can serve and store now."""
        missing = "" if self._warm else "the model is being loaded"
        if not self._caught_up.is_set():
            missing = f"the state is at seq {self.state.cursor} of the log"
        return await health_of(self._sending, missing=missing)

    @property
    def waiting(self) -> int:
        """Changes that wait for the disk."""
        return self._sending.writer.waiting

    @property
    def pressure(self) -> Pressure:
        """How long slates wait for their turn."""
        return self._answering.pressure

    @property
    def counts(self) -> Counts:
        """What slates were made of so far."""
        return self._answering.counts

    @property
    def memory(self) -> Memory:
        """What is remembered between slates, with its counts."""
        return self._answering.memory

    @property
    def encodes(self) -> int:
        """Histories that the model has encoded so far."""
        return self.memory.encodes

    def imported(self) -> dict[str, Any] | None:
        """The receipt of the last import into the shop, if there was one."""
        return told(self.parts.folder / IMPORT_FILE)

    def training(self) -> dict[str, Any] | None:
        """What the training that runs, or ran last, says of itself."""
        return training(self.parts.folder)

    async def stop(self, seconds: float) -> None:
        """Stores what waits, saves the state, releases everything; takes at most about `seconds`."""
        self._sending.closing = True
        self._daily.stop()
        await self._forgetting.stop()
        ended = await asyncio.to_thread(self._sending.writer.stop, seconds)
        while not self._fold.idle:
            await asyncio.sleep(0)
        if self._sharing is not None:
            await self._sharing.stop()
        if ended and self._sending.fault is None and self.seat.first:
            await self._saver.save(self.state)
        self._foresight.stop()
        self._answering.stop()
        self.parts.close()
        if self.seat.first:
            (self.parts.folder / SERVING_FILE).unlink(missing_ok=True)

    def _applied(self, run: Run) -> None:
        """The state has taken in a run: what follows from its entries."""
        self._answering.reached.at(self.state.cursor)
        entries = run.entries.values()
        if not entries:
            return
        self._forgetting.hear(run, serving=self._warm)
        if any(isinstance(entry, RuleSet) for entry in entries):
            self._answering.ruled_anew()
        if not self._warm:
            return
        self._tending.consider(self.live.bundle)
        if self.state.release is not None and any(isinstance(entry, Release) for entry in entries):
            self.live.release(self.state.release)

    def _look_ahead(self) -> None:
        """Whoever was seen last is likely to come, to one that serves alone: of several each gets some of them."""
        if self._warm and not self.seat.shared:
            self._foresight.expect(self.state.lately(self.settings.serving.ahead))

    def _failed(self, fault: LingxiError) -> None:
        self._sending.fault = fault

    def _taken(self) -> None:
        """The state has taken in a delivery."""
        writer = self._sending.writer
        writer.taken()
        if writer.abreast and self._sending.fault is None:
            if not self._caught_up.is_set():
                self._fold.in_time()
                self._caught_up.set()
            if self.seat.first:
                self._saver.consider(self.state)
        writer.limit = self._fold.size
