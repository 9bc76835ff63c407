"""Why a slate was what it was."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from msgspec import Struct

from lingxi.app.answering import Answering
from lingxi.app.parts import Parts
from lingxi.app.seat import Seat
from lingxi.config import Settings
from lingxi.domain.errors import Unknown
from lingxi.domain.slate import Slate
from lingxi.ports.slates import SlateRow
from lingxi.recommend.cheaper import by_model
from lingxi.recommend.record import Record
from lingxi.recommend.scene import Scene
from lingxi.workflows.explain import Weighed, weighed

BEHIND_SECONDS: Final = 0.3
"""After this time a slate that another process made is on disk."""


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


class Explaining:
    """Looks among the newest slates, then among those on disk."""

    def __init__(self, parts: Parts, settings: Settings, seat: Seat, answering: Answering) -> None:
        self._slates, self._settings, self._seat, self._answering = parts.slates, settings, seat, answering

    async def explain(self, request: str) -> Explanation:
        """Why a slate was what it was: its full account where that is still kept, and the acts that weighed most.

        Raises:
            Unknown: no slate of that request is kept.
        """
        if (kept := self._answering.kept(request)) is not None:
            return explanation(kept[0], kept[1].record(), self._answering.scene())
        row = await asyncio.to_thread(self._slates.get, request)
        if row is None and self._seat.shared:
            await asyncio.sleep(BEHIND_SECONDS)
            row = await asyncio.to_thread(self._slates.get, request)
        if row is None:
            days = self._settings.slates.retention_days
            what = f"no slate of request '{request[:80]}'"
            raise Unknown(what, where="request", remedy=f"slates are kept for {days} days")
        record = msgspec.json.decode(row.record, type=Record) if row.record else None
        return explanation(row, record, self._answering.scene())


def explanation(row: SlateRow, record: Record | None, scene: Scene) -> Explanation:
    """What is told of a slate, with the acts that weigh most in the model of the scene, if that is the slate's."""
    slate, acts = row.slate, dict[str, list[Weighed]]()
    if by_model(slate) and scene.bundle is not None and slate.model == scene.bundle.id:
        items = [pick.item for pick in slate.picks]
        acts = weighed(scene, surface=slate.surface, user=row.user, session=row.session, at=row.at, items=items)
    return Explanation(row.at, row.user, row.session, slate, record, acts)
