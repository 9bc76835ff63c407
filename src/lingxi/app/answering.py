"""Answers requests for slates: each in its turn, as dear as the load allows, and kept behind the answer."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import msgspec

from lingxi.app.live import Live
from lingxi.app.memory import Recent
from lingxi.app.parts import Parts
from lingxi.app.pressure import Pressure
from lingxi.app.reached import Reached
from lingxi.app.sharing import Looked, Sharing
from lingxi.app.twin import Twin
from lingxi.app.worker import Worker
from lingxi.config import Settings
from lingxi.domain.errors import Invalid, Unavailable
from lingxi.domain.slate import Query, Slate
from lingxi.ingest.identity import new_id
from lingxi.ports.slates import SlateRow
from lingxi.recommend.cheaper import again, popular
from lingxi.recommend.counts import Counts
from lingxi.recommend.ladder import ACTS, LEFT_OUT, Hurry, Rung, lighter
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import recommend, surface_of
from lingxi.recommend.record import Outline, Trace
from lingxi.recommend.repetition import remember
from lingxi.recommend.scene import Scene
from lingxi.recommend.stages import stage

AFTER_SECONDS: Final = 1.0
"""How long a slate waits for the change that it shall know."""
SHOWN: Final = 4096
"""Slates that are kept to be shown again under too much load: some 10 KB each."""

AS_WHOLE: Final = ((), (ACTS,))
"""What a slate says whose picks are those of a whole one."""

encode = msgspec.json.Encoder().encode


class Answering:
    """Owned by the event loop. `memory` is what is remembered between slates; `reached` lets go on who waits for a
    change; `sharing`, where there is one, reads what other processes know."""

    def __init__(self, parts: Parts, settings: Settings, twin: Twin, live: Live, sharing: Sharing | None) -> None:
        self._parts, self._settings = parts, settings
        self._twin, self._live, self._sharing = twin, live, sharing
        self._recent: Recent[tuple[SlateRow, Outline]] = Recent(settings.slates.records)
        self._shown: Recent[Slate] = Recent(SHOWN)
        self._ahead = Worker()
        self.memory = Memory()
        self.counts = Counts()
        self.pressure = Pressure(settings.serving)
        self.reached = Reached()

    def admit(self) -> None:
        """Lets a request in; before anything of it is read.

        Raises:
            Unavailable: more ask than can be answered.
        """
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
        came = time.perf_counter()
        shared = None if self._sharing is None else await self._sharing.look(query.user, query.session)
        rung, moment = await self.pressure.turn(), None
        since = time.perf_counter()
        if rung <= Rung.UNSPREAD:
            try:
                moment = await self._ahead.of(
                    query, self.scene(shared), self.pressure.patience, reasons=rung < Rung.UNNAMED
                )
            except TimeoutError:
                rung = Rung.UNRANKED
            if moment is None:  # others were answered meanwhile
                since = time.perf_counter()
        try:
            scene = self.scene(shared) if moment is None else moment.scene
            made = self.make(query, rung, scene, moment, after, lambda: self.pressure.hurry(came))
            return self._keep(query, scene, *made)
        finally:
            self.pressure.took(time.perf_counter() - since)

    async def _know(self, seq: int) -> None:
        """Returns once the state has reached this change; raises as `answer` does."""
        state = self._twin.state
        if state.cursor >= seq:
            return
        if await asyncio.to_thread(self._parts.log.head) < seq:
            what = f"there is no change {seq} yet"
            raise Invalid(what, where="after", remedy="send the `seq` of a receipt, or leave it out")
        if not await self.reached.wait(seq, AFTER_SECONDS):
            what = f"the state is at change {self._twin.state.cursor}, not yet at {seq}"
            raise Unavailable(what, where="after", remedy="ask again in a moment, or without `after`")

    def make(
        self,
        query: Query,
        rung: Rung,
        scene: Scene,
        moment: Moment | None = None,
        after: int = 0,
        hurry: Hurry | None = None,
    ) -> tuple[Slate, Trace | None]:
        """A slate as dear as `rung` allows, and `hurry` from step to step, that knows the change `after` and all that
        the shopper did. One made before, for the shopper or for all, has no trace; so it is made anew for who wants it
        explained."""
        if rung >= Rung.CACHED and query.explain:
            rung = Rung.POPULAR
        elif rung >= Rung.CACHED:
            shown = self._shown.get(query) if rung == Rung.CACHED else None
            view = None if shown is None else scene.shopper(query.user, query.session)
            if shown is not None and shown.seq >= max(after, 0 if view is None else view.seq):
                return again(query, scene, shown, new_id()), None
            return popular(query, scene, new_id(), after), None
        surface, late = lighter(surface_of(query.surface), rung), hurry if rung < Rung.CACHED else None
        return recommend(query, scene, new_id(), surface, LEFT_OUT[rung], moment, late)

    @stage("record")
    def _keep(self, query: Query, scene: Scene, slate: Slate, trace: Trace | None) -> SlateRow:
        """Keeps a slate behind the answer, and what explains it."""
        if scene.shared is not None and scene.shared.gone:
            slate = msgspec.structs.replace(slate, cheaper=(*slate.cheaper, "shoppers"))
        record = encode(trace.record()) if trace is not None and query.explain else None
        body = _json(slate)
        user, session = query.user, query.session
        row = SlateRow(at=scene.now, user=user, session=session, slate=slate, record=record, body=body, query=query)
        self._parts.slates.put((row,))
        self.counts.add(slate, trace, query.n)
        if trace is not None:
            remember(trace)
            self._recent.keep(slate.request, (row, trace.outline()))
            if slate.cheaper in AS_WHOLE:
                self._shown.keep(query, slate)
        return row

    def rehearse(self, query: Query, rung: Rung) -> None:
        """Makes a slate and all that is kept of one, and keeps nothing: so that no kernel is met first by a request."""
        slate, trace = self.make(query, rung, self.scene())
        if trace is not None:
            trace.outline()
            Counts().add(slate, trace, query.n)

    async def foresee(self, user: str) -> None:
        """Makes the first page of a user who may come, and keeps nothing but what is remembered of them: made anew only
        where there is room to remember it.

        Raises:
            LingxiError, TimeoutError: it cannot be made now.
        """
        if not self.memory.takes((user, None), self._live.id):
            return
        query = Query(user=user)
        moment = await self._ahead.of(query, self.scene())
        recommend(query, self.scene() if moment is None else moment.scene, moment=moment)

    def kept(self, request: str) -> tuple[SlateRow, Outline] | None:
        """A slate of the newest, with what its record is made from."""
        return self._recent.get(request)

    def scene(self, shared: Looked | None = None) -> Scene:
        """The shop as it is now; `shared` is what other processes know of a request's shopper."""
        settings, now = self._settings, self._parts.clock.now()
        zone = settings.shop.timezone
        return Scene(self._twin.state, self._live.bundle, now, settings.recommend, self.memory, zone, shared=shared)

    def ruled_anew(self) -> None:
        """Other merchant rules hold: what was shown under those before is not shown again."""
        self._shown.clear()

    def forget(self) -> None:
        """Forgets what is remembered of shoppers, all of them."""
        self.memory = self.memory.emptied()
        self._shown.clear()

    def drop(self, gone: set[str] | None) -> None:
        """Lets go of the slates of these shoppers (`u:…`, `s:…`); None: of everybody's."""
        self._recent.drop(lambda kept: gone is None or f"u:{kept[0].user}" in gone or f"s:{kept[0].session}" in gone)

    def stop(self) -> None:
        """Ends its threads."""
        self._ahead.stop()
        self.pressure.lag.stop()


@stage("json")
def _json(slate: Slate) -> bytes:
    return encode(slate)
