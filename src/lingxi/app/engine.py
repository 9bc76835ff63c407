"""A running shop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from msgspec import Struct
from psutil import pid_exists

from lingxi.app.calls import Answer, Call
from lingxi.app.daily import Daily
from lingxi.app.fold import Fold
from lingxi.app.live import Live
from lingxi.app.memory import Recent
from lingxi.app.parts import Parts
from lingxi.app.pressure import Pressure
from lingxi.app.reached import Reached
from lingxi.app.renewal import Renewal
from lingxi.app.saver import Saver
from lingxi.app.seat import ALONE, Seat
from lingxi.app.sharing import Looked, Noted, Sharing
from lingxi.app.shelf import Shelf
from lingxi.app.takeover import Joining
from lingxi.app.tending import Tending
from lingxi.app.told import IMPORT_FILE, SERVING_FILE, TRAINING_FILE, tell_serving, told
from lingxi.app.twin import Twin
from lingxi.app.warmup import warm_up
from lingxi.app.worker import Worker
from lingxi.app.writer import Delivery, Writer
from lingxi.config import Settings
from lingxi.deploy.promote import release_of, rollback_of
from lingxi.domain.change import Alias, Erasure, Proposal, Receipt, Release
from lingxi.domain.errors import Invalid, LingxiError, Unavailable, Unknown
from lingxi.domain.merchandising import RuleSet
from lingxi.domain.slate import Query, Slate
from lingxi.domain.user import User
from lingxi.ingest import accept, upsert
from lingxi.ingest.accept import Events, Prepared
from lingxi.ingest.around.categories import Categories
from lingxi.ingest.around.remember import AT_ONCE, learn, remembered
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.body import Sent
from lingxi.ingest.identity import new_id
from lingxi.ports.log import Run
from lingxi.ports.slates import SlateRow
from lingxi.recommend.cheaper import LEFT_OUT, Rung, again, by_model, lighter, popular
from lingxi.recommend.counts import Counts
from lingxi.recommend.merchandising.warm import WARM_UP
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import recommend, surface_of
from lingxi.recommend.record import Outline, Record, Trace
from lingxi.recommend.repetition import remember
from lingxi.recommend.scene import SHOPPERS, Memory, Scene
from lingxi.recommend.stages import stage
from lingxi.state.warm import warm
from lingxi.workflows.explain import Weighed, weighed
from lingxi.workflows.fold import saved
from lingxi.workflows.forget import begin
from lingxi.workflows.receipts import Forgotten, Receipts

PROBE_SECONDS: Final = 2.0
USERS_AT_A_TIME: Final = 500
AFTER_SECONDS: Final = 1.0
"""How long a slate waits for the change that it shall know."""
BEHIND_SECONDS: Final = 0.3
"""After this time a slate that another process made is on disk."""

encode = msgspec.json.Encoder().encode
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the shop can be served now; if not, why."""

    ready: bool
    why: str = ""
    remedy: str = ""


class Explanation(Struct, frozen=True):
    """A slate as it was answered at `at` (µs UTC), to whom; and why.

    `record` is its full account: what each source proposed, what each filter removed, what each scorer gave; null where
    it is no longer kept (ask with `explain=true` to keep one), and for what was made before and shown again (`cheaper`
    says `cached` or `popular`). `acts` are, for each pick, the shopper's own acts that weighed most in the model,
    measured by leaving them out; empty where no model had a say, or when another one serves now.
    """

    at: int
    user: str | None
    session: str | None
    slate: Slate
    record: Record | None
    acts: dict[str, list[Weighed]] = {}


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
        self.state = saved(parts.log, parts.checkpoints)
        self.live = Live(parts.bundles, lambda: self.state.items.number)
        self._recent: Recent[tuple[SlateRow, Outline]] = Recent(settings.slates.records)
        self._shown: Recent[Slate] = Recent(SHOPPERS)
        self._memory = Memory()
        self.counts = Counts()
        self.pressure = Pressure(settings.serving)
        self._around: Surroundings | None = None
        self._categories = Categories()
        self._ahead = Worker()
        self._tending = Tending()
        self.shelf = Shelf(self.state, parts.clock.now)
        self._saver = Saver(parts.checkpoints, settings.state, self.state.cursor)
        self._twin = Twin(self.state)
        self._erased = 0
        self._renewal: Renewal | Joining
        if seat.first:
            self._renewal = Renewal(parts, settings, self._twin, self._saver, self._renewed)
        else:
            self._renewal = Joining(parts, self._twin, lambda: self._erased, self._renewed)
        self._daily = Daily(parts, settings.retention, self._renewal.need)
        self._reached = Reached()
        shared = parts.shared(settings.state.shoppers)
        self._sharing = None if shared is None else Sharing(shared, lambda: self._twin.state)
        if self._sharing is None:
            self._fold = Fold(self._twin, self._applied, self._taken, self._failed)
        else:
            noted, answer = Noted(self._twin, self._sharing), self._sharing.answer
            self._fold = Fold(noted, self._applied, self._taken, self._failed, answer)
        self._caught_up = asyncio.Event()
        self._warm = False
        self._draining = False
        self._fault: LingxiError | None = None

    async def start(self) -> None:
        """Folds what the checkpoint does not have, takes in the live bundle, answers once: then it is ready."""
        loop = asyncio.get_running_loop()
        deliver = self._fold.deliver
        self._around = await asyncio.to_thread(remembered, self.parts.log)
        self._categories = Categories(self.state.items.per_category())
        self._writer = Writer(
            self.parts.log,
            self.parts.quarantine,
            self.state.cursor,
            self._cleaned,
            lambda delivery: _on(loop, deliver, delivery),
            group=self.settings.log.group,
        )
        self._writer.limit = self._fold.size
        self._writer.poll_seconds = self.seat.poll_seconds(self.settings.log.poll_ms)
        self._writer.start()
        await self._caught_up.wait()
        if self.state.release is not None:
            self.live.release(self.state.release)
        await self.live.settled()
        warm_up(self.state, lambda query, rung: self._make(query, rung, self.scene()))
        recommend(Query(), replace(self.scene(), rules=WARM_UP, memory=Memory()))
        self._warm = True
        self.pressure.lag.start()
        if self.seat.first:
            await self._begin_duties()
        elif self.state.stale:
            self._renewal.need()

    async def _begin_duties(self) -> None:
        """What one process does for the shop, however many serve it."""
        await asyncio.to_thread(tell_serving, self.parts.folder, self.seat.pid)
        waiting = await asyncio.to_thread(Receipts(self.parts.folder).pending)
        if self.state.stale or waiting:
            self._renewal.need()
        elif self._erased:
            # It was folded anew just now; others wait for such a state.
            await self._saver.save(self.state)
        if self.seat.shared and isinstance(self._renewal, Renewal):
            self._renewal.watch()
        self._daily.start()

    async def send_events(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores events as they were sent; a receipt for each, in order, once it is on disk and in the state.

        Raises:
            Unavailable: nothing of it was stored.
        """
        return await self._send(Events(sent, self.parts.clock.now()), len(sent))

    def _cleaned(self, calls: Sequence[Events]) -> list[Prepared]:
        """Cleans the events of calls, in the writer's thread.

        After a failure what was learned of those that were not stored is unlearned: sent again, they would look like
        doubles of themselves. Until the log can be written again nothing is learned.
        """
        if self._writer.fault is not None:
            self._around = None
            return accept.prepare_all(calls)
        others, self._writer.others = self._writer.others, []
        if self._around is None:
            self._around = remembered(self.parts.log)
        elif others and self.seat.shared:
            until = others[-1][1]
            for after, last in others:
                learn(self._around, self.parts.log, max(after, until - AT_ONCE), last)
        return accept.prepare_all(calls, around=self._around)

    async def send_items(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores items as they were sent, whole."""
        now = self.parts.clock.now()
        return await self._send(lambda: upsert.items(sent, now, self._categories), len(sent))

    async def change_items(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores changes to items that exist."""
        now, log = self.parts.clock.now(), self.parts.log
        ids, known = upsert.ids_in(sent), self._categories
        return await self._send(lambda: upsert.item_deltas(sent, log.items(ids), now, known), len(sent))

    async def send_users(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores users as they were sent, whole."""
        now = self.parts.clock.now()
        return await self._send(lambda: upsert.users(sent, now), len(sent))

    async def change_users(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Stores changes to users who exist."""
        now, log = self.parts.clock.now(), self.parts.log
        return await self._send(lambda: upsert.user_deltas(sent, log.users(upsert.ids_in(sent)), now), len(sent))

    async def send_entry(self, entry: Release | Alias | RuleSet) -> Receipt:
        """Stores a release, an alias or a set of merchant rules."""
        proposal = Proposal(entry, self.parts.clock.now())
        return (await self._send(lambda: Prepared((proposal,)), 1))[0]

    async def forget(self, shopper: str) -> Forgotten:
        """Forgets a shopper (`u:…`, `s:…`) and who is the same person: they are unknown when this returns.

        What they did still counts for the items until the state is made anew; the receipt says when all is complete.

        Raises:
            Unavailable: the log cannot be written now.
        """
        now, ground = self.parts.clock.now(), self.parts.ground()
        told = await asyncio.to_thread(begin, ground, shopper, new_id(), now)
        while told.seq is not None and self.state.cursor < told.seq and not self._draining:
            await asyncio.sleep(0.005)
        self._renewal.need()
        return told

    def _renewed(self, gone: set[str] | None) -> None:
        """The state was made anew without these shoppers; None: it is not known here who they were."""
        self.state = self._twin.state
        self.shelf = Shelf(self.state, self.parts.clock.now)
        self._memory = self._memory.emptied()
        self._shown.clear()
        self._recent.drop(lambda kept: gone is None or f"u:{kept[0].user}" in gone or f"s:{kept[0].session}" in gone)

    def admit(self) -> None:
        """Lets a request for a slate in; before anything of it is read.

        Raises:
            Unavailable: the shop is still being opened, or more ask than can be answered.
        """
        if not self._warm:
            raise Unavailable("the shop is being opened", remedy="see /health/ready")
        if not self.pressure.room:
            self.counts.refused += 1
            raise Unavailable("too many ask at once", remedy="ask again in a moment")

    async def answer(self, query: Query) -> SlateRow:
        """Answers a request when its turn comes, with what another thread can make of it made there: the loop answers
        others meanwhile. The longer it had to wait, the cheaper the answer. It is kept, with what explains it.

        Raises:
            Unknown: there is no such surface.
            Unavailable: the change that the slate shall know is not known in time.
            Invalid: there is no such change yet.
        """
        if (after := query.after or 0) > 0:
            await self._know(after)
        if query.after is not None:
            query = msgspec.structs.replace(query, after=None)
        shared = None if self._sharing is None else await self._sharing.look(query.user, query.session)
        rung, moment = await self.pressure.turn(), None
        if rung <= Rung.UNSPREAD:
            try:
                moment = await self._ahead.of(query, self.scene(shared), self.pressure.patience)
            except TimeoutError:
                rung = Rung.UNRANKED
        since = time.perf_counter()
        try:
            scene = self.scene(shared) if moment is None else moment.scene
            return self._keep(query, scene, *self._make(query, rung, scene, moment, after))
        finally:
            self.pressure.took(time.perf_counter() - since)

    async def _know(self, seq: int) -> None:
        """Returns once the state has reached this change; raises as `answer` does."""
        if self.state.cursor >= seq:
            return
        if await asyncio.to_thread(self.parts.log.head) < seq:
            what = f"there is no change {seq} yet"
            raise Invalid(what, where="after", remedy="send the `seq` of a receipt, or leave it out")
        if not await self._reached.wait(seq, AFTER_SECONDS):
            what = f"the state is at change {self.state.cursor}, not yet at {seq}"
            raise Unavailable(what, where="after", remedy="ask again in a moment, or without `after`")

    def _make(
        self, query: Query, rung: Rung, scene: Scene, moment: Moment | None = None, after: int = 0
    ) -> tuple[Slate, Trace | None]:
        """A slate as dear as `rung` allows that knows the change `after`. One made before, for the shopper or for all,
        has no trace; so it is made anew for who wants it explained."""
        if rung >= Rung.CACHED and query.explain:
            rung = Rung.POPULAR
        elif rung >= Rung.CACHED:
            shown = self._shown.get(query) if rung == Rung.CACHED else None
            if shown is not None and shown.seq >= after:
                return again(query, scene, shown, new_id()), None
            return popular(query, scene, new_id(), after), None
        return recommend(query, scene, new_id(), lighter(surface_of(query.surface), rung), LEFT_OUT[rung], moment)

    @stage("record")
    def _keep(self, query: Query, scene: Scene, slate: Slate, trace: Trace | None) -> SlateRow:
        """Keeps a slate behind the answer, and what explains it."""
        if scene.shared is not None and scene.shared.gone:
            slate = msgspec.structs.replace(slate, cheaper=(*slate.cheaper, "shoppers"))
        record = encode(trace.record()) if trace is not None and query.explain else None
        body = _json(slate)
        user, session = query.user, query.session
        row = SlateRow(at=scene.now, user=user, session=session, slate=slate, record=record, body=body, query=query)
        self.parts.slates.put((row,))
        self.counts.add(slate, trace, query.n)
        if trace is not None:
            remember(trace)
            self._recent.keep(slate.request, (row, trace.outline()))
            if not slate.cheaper:
                self._shown.keep(query, slate)
        return row

    async def explain(self, request: str) -> Explanation:
        """Why a slate was what it was: its full account where that is still kept, and the acts that weighed most.

        Raises:
            Unknown: no slate of that request is kept.
        """
        if (kept := self._recent.get(request)) is not None:
            return self._explanation(kept[0], kept[1].record())
        row = await asyncio.to_thread(self.parts.slates.get, request)
        if row is None and self.seat.shared:
            await asyncio.sleep(BEHIND_SECONDS)
            row = await asyncio.to_thread(self.parts.slates.get, request)
        if row is None:
            days = self.settings.slates.retention_days
            what = f"no slate of request '{request[:80]}'"
            raise Unknown(what, where="request", remedy=f"slates are kept for {days} days")
        return self._explanation(row, msgspec.json.decode(row.record, type=Record) if row.record else None)

    def _explanation(self, row: SlateRow, record: Record | None) -> Explanation:
        acts: dict[str, list[Weighed]] = {}
        if by_model(row.slate) and row.slate.model == self.live.id:
            items = [pick.item for pick in row.slate.picks]
            surface = row.slate.surface
            acts = weighed(self.scene(), surface=surface, user=row.user, session=row.session, at=row.at, items=items)
        return Explanation(row.at, row.user, row.session, row.slate, record, acts)

    def scene(self, shared: Looked | None = None) -> Scene:
        """The shop as it is now; `shared` is what other processes know of a request's shopper."""
        now = self.parts.clock.now()
        zone = self.settings.shop.timezone
        return Scene(self.state, self.live.bundle, now, self.settings.recommend, self._memory, zone, shared=shared)

    async def promote(self, bundle: str, *, force: bool, why: str, by: str) -> str | None:
        """Releases a bundle if the gate lets it, and returns what serves then.

        Raises:
            Unknown: there is no such bundle.
            Refused: the gate keeps it back, and `force` was not given.
            Incompatible: the bundle is broken or of another shop.
        """
        _, manifest = await asyncio.to_thread(self.parts.bundles.open, bundle)
        gate = self.settings.gate
        return await self._release(release_of(manifest, self.live.id, gate, force=force, why=why, by=by))

    async def roll_back(self, *, why: str, by: str) -> str | None:
        """Releases what was live before, and returns what serves then.

        Raises:
            Refused: nothing was live before.
        """
        releases = await asyncio.to_thread(self.parts.log.releases)
        return await self._release(rollback_of(releases, why=why, by=by))

    async def _release(self, release: Release) -> str | None:
        await self.send_entry(release)
        await self.live.settled()
        if self.live.fault is not None:
            raise self.live.fault
        return self.live.id

    def posted_users(self, limit: int, offset: int = 0) -> list[User]:
        """Users that were posted, in the order in which they were first named; reads the log, so not on the loop."""
        log = self.parts.log
        ids = [each[2:] for each in log.shopper_ids() if each.startswith("u:")]
        found: list[User] = []
        for start in range(0, len(ids), USERS_AT_A_TIME):
            part = ids[start : start + USERS_AT_A_TIME]
            users = log.users(part)
            found += [users[each] for each in part if each in users]
            if len(found) >= offset + limit:
                break
        return found[offset : offset + limit]

    async def health(self) -> Health:
        """Whether it can serve and store now: what is wrong is looked for, not remembered."""
        if self._draining:
            return Health(False, "the server is shutting down", "ask another one")
        if self._fault is not None:
            return Health(False, str(self._fault), "start the server again")
        if not self._caught_up.is_set():
            return Health(False, f"the state is at seq {self.state.cursor} of the log", "wait")
        if not self._warm:
            return Health(False, "the model is being loaded", "wait")
        try:
            await asyncio.wait_for(self._send(self._probe, 0), PROBE_SECONDS)
        except TimeoutError:
            return Health(False, "the log does not answer", "see whether another process holds the database")
        except LingxiError as error:
            return Health(False, error.what + (f" ({error.where})" if error.where else ""), error.remedy)
        return Health(True)

    @property
    def waiting(self) -> int:
        """Changes that wait for the disk."""
        return self._writer.waiting

    @property
    def memory(self) -> Memory:
        """What is remembered between slates, with its counts."""
        return self._memory

    @property
    def encodes(self) -> int:
        """Histories that the model has encoded so far."""
        return self._memory.encodes

    def imported(self) -> dict[str, Any] | None:
        """The receipt of the last import into the shop, if there was one."""
        return told(self.parts.folder / IMPORT_FILE)

    def training(self) -> dict[str, Any] | None:
        """What the training that runs, or ran last, says of itself."""
        said = told(self.parts.folder / TRAINING_FILE)
        if said and said.get("state") == "running" and not pid_exists(int(said.get("pid", 0))):
            said |= {"state": "failed", "error": "it was stopped in the middle; start it again with `lingxi train`"}
        return said

    async def stop(self, seconds: float) -> None:
        """Stores what waits, saves the state, releases everything; takes at most about `seconds`."""
        self._draining = True
        self._daily.stop()
        await self._renewal.stop()
        ended = await asyncio.to_thread(self._writer.stop, seconds)
        while not self._fold.idle:
            await asyncio.sleep(0)
        if self._sharing is not None:
            await self._sharing.stop()
        if ended and self._fault is None and self.seat.first:
            await self._saver.save(self.state)
        self._ahead.stop()
        self.pressure.lag.stop()
        self.parts.close()
        if self.seat.first:
            (self.parts.folder / SERVING_FILE).unlink(missing_ok=True)

    def _probe(self) -> Prepared:
        """Nothing to store, once the storage has shown that it could; runs in the writer's thread."""
        self.parts.probe()
        return Prepared(())

    async def _send(self, records: Events | Callable[[], Prepared], weight: int) -> list[Receipt]:
        """Queues a call to the writer; its receipts, once the state has taken them in."""
        if self._draining:
            raise Unavailable("the server is shutting down", remedy="send it again in a moment")
        if self._fault is not None:
            raise self._fault
        if self._writer.waiting > self.settings.log.waiting:
            raise Unavailable(f"{self._writer.waiting:,} changes wait for the disk", remedy="send it again in a moment")
        answered: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()

        def answer(found: Answer) -> None:
            self._writer.waiting -= weight
            if answered.done():
                return
            if isinstance(found, LingxiError):
                answered.set_exception(found)
            else:
                answered.set_result(found)

        self._writer.submit(Call(records, weight, answer))
        return await answered

    def _applied(self, run: Run) -> None:
        self._reached.at(self.state.cursor)
        self._erased = max(
            (int(run.seq[row]) for row, e in run.entries.items() if isinstance(e, Erasure)), default=self._erased
        )
        if self._warm and run.entries:
            self._tending.consider(self.live.bundle)
        if self._warm and self.state.release is not None and any(isinstance(e, Release) for e in run.entries.values()):
            self.live.release(self.state.release)
        if any(isinstance(entry, RuleSet) for entry in run.entries.values()):
            self._shown.clear()
        if self._warm and self.state.stale and any(isinstance(e, Erasure) for e in run.entries.values()):
            self._memory = self._memory.emptied()
            self._shown.clear()
            self._renewal.need()

    def _failed(self, fault: LingxiError) -> None:
        self._fault = fault

    def _taken(self) -> None:
        self._writer.taken()
        if self._writer.abreast and self._fault is None:
            if not self._caught_up.is_set():
                self._fold.in_time()
                self._caught_up.set()
            if self.seat.first:
                self._saver.consider(self.state)
        self._writer.limit = self._fold.size


@stage("json")
def _json(slate: Slate) -> bytes:
    return encode(slate)


def _on(loop: asyncio.AbstractEventLoop, deliver: Callable[[Delivery], None], delivery: Delivery) -> None:
    """Hands a delivery to the loop; one that is closed has nobody left to tell."""
    try:
        loop.call_soon_threadsafe(deliver, delivery)
    except RuntimeError:
        _logger.info("the loop is closed; what is on disk is folded at the next start")
