"""Stores what is sent: whoever sent it hears of it once it is on disk and in the state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from lingxi.app.calls import Answer, Call
from lingxi.app.fold import Fold
from lingxi.app.parts import Parts
from lingxi.app.seat import Seat
from lingxi.app.writer import Delivery, Writer
from lingxi.config import Settings
from lingxi.domain.change import Alias, Proposal, Receipt, Release
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.domain.merchandising import RuleSet
from lingxi.ingest import accept, upsert
from lingxi.ingest.accept import Events, Prepared
from lingxi.ingest.around.categories import Categories
from lingxi.ingest.around.remember import AT_ONCE, learn, remembered
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.body import Sent
from lingxi.state.state import State

_logger = logging.getLogger(__name__)


class Sending:
    """Owned by the event loop. `closing`: nothing more is taken; `fault`: the state took in nothing after this."""

    def __init__(self, parts: Parts, settings: Settings, seat: Seat, cursor: int) -> None:
        self._parts, self._settings, self._seat = parts, settings, seat
        self._around: Surroundings | None = None
        self._categories = Categories()
        self.writer = Writer(
            parts.log, parts.quarantine, cursor, self._cleaned, self._deliver, group=settings.log.group
        )
        self.writer.poll_seconds = seat.poll_seconds(settings.log.poll_ms)
        self.closing = False
        self.fault: LingxiError | None = None

    async def start(self, state: State, fold: Fold) -> None:
        """Starts the writer where the state is; `fold` takes what is stored."""
        self._loop, self._fold = asyncio.get_running_loop(), fold
        self._around = await asyncio.to_thread(remembered, self._parts.log)
        self._categories = Categories(state.items.per_category())
        self.writer.limit = fold.size
        self.writer.start()

    def _deliver(self, delivery: Delivery) -> None:
        """Hands a delivery from the writer's thread to the loop; one that is closed has nobody left to tell."""
        try:
            self._loop.call_soon_threadsafe(self._fold.deliver, delivery)
        except RuntimeError:
            _logger.info("the loop is closed; what is on disk is folded at the next start")

    async def events(self, sent: Sequence[Sent]) -> list[Receipt]:
        """See `Engine.send_events`."""
        return await self.send(Events(sent, self._parts.clock.now()), len(sent))

    def _cleaned(self, calls: Sequence[Events]) -> list[Prepared]:
        """Cleans the events of calls, in the writer's thread.

        After a failure what was learned of those that were not stored is unlearned: sent again, they would look like
        doubles of themselves. Until the log can be written again nothing is learned.
        """
        log, writer = self._parts.log, self.writer
        if writer.lost:
            self._around, writer.lost = None, False
        if writer.fault is not None:
            return accept.prepare_all(calls)
        others, writer.others = writer.others, []
        if self._around is None:
            self._around = remembered(log)
        elif others and self._seat.shared:
            until = others[-1][1]
            for after, last in others:
                learn(self._around, log, max(after, until - AT_ONCE), last)
        return accept.prepare_all(calls, around=self._around)

    async def items(self, sent: Sequence[Sent]) -> list[Receipt]:
        """See `Engine.send_items`."""
        now = self._parts.clock.now()
        return await self.send(lambda: upsert.items(sent, now, self._categories), len(sent))

    async def item_changes(self, sent: Sequence[Sent]) -> list[Receipt]:
        """See `Engine.change_items`."""
        now, log = self._parts.clock.now(), self._parts.log
        ids, known = upsert.ids_in(sent), self._categories
        return await self.send(lambda: upsert.item_deltas(sent, log.items(ids), now, known), len(sent))

    async def users(self, sent: Sequence[Sent]) -> list[Receipt]:
        """See `Engine.send_users`."""
        now = self._parts.clock.now()
        return await self.send(lambda: upsert.users(sent, now), len(sent))

    async def user_changes(self, sent: Sequence[Sent]) -> list[Receipt]:
        """See `Engine.change_users`."""
        now, log = self._parts.clock.now(), self._parts.log
        return await self.send(lambda: upsert.user_deltas(sent, log.users(upsert.ids_in(sent)), now), len(sent))

    async def entry(self, entry: Release | Alias | RuleSet) -> Receipt:
        """See `Engine.send_entry`."""
        proposal = Proposal(entry, self._parts.clock.now())
        return (await self.send(lambda: Prepared((proposal,)), 1))[0]

    async def probe(self) -> None:
        """Returns once the storage has shown that it could store something, and raises as `send` does; nothing is."""
        await self.send(self._probe, 0)

    def _probe(self) -> Prepared:
        """Runs in the writer's thread."""
        self._parts.probe()
        return Prepared(())

    async def send(self, records: Events | Callable[[], Prepared], weight: int) -> list[Receipt]:
        """Queues a call to the writer; its receipts, once the state has taken them in.

        Raises:
            Unavailable: it was not stored, or of many events only a part.
        """
        if self.closing:
            raise Unavailable("the server is shutting down", remedy="send it again in a moment")
        if self.fault is not None:
            raise self.fault
        writer = self.writer
        if writer.waiting > self._settings.log.waiting:
            raise Unavailable(f"{writer.waiting:,} changes wait for the disk", remedy="send it again in a moment")
        answered: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()

        def answer(found: Answer) -> None:
            writer.waiting -= weight
            if answered.done():
                return
            if isinstance(found, LingxiError):
                answered.set_exception(found)
            else:
                answered.set_result(found)

        writer.submit(Call(records, weight, answer))
        return await answered
