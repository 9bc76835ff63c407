"""Shares what this process knows of shoppers with the others that serve the shop, and reads what they know."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np

from lingxi.app.calls import Answer, Call
from lingxi.app.fold import Folds
from lingxi.domain.change import ERASED_PREFIX, Erasure
from lingxi.domain.errors import Unavailable
from lingxi.domain.user import User
from lingxi.ports.log import EVENT, Run
from lingxi.ports.shoppers import Held, Shoppers
from lingxi.state.row import Row, Rows, RowView
from lingxi.state.shopper import ShopperView
from lingxi.state.state import State

MOST: Final = 2_000
"""Shoppers whose rows are offered at once; where more were touched, what is shared begins anew."""
AGAIN_SECONDS: Final = 0.25
LAST_SECONDS: Final = 1.0
NOWHERE: Final = Held(-1, -1)

Answers = Sequence[tuple[Call, Answer]]

_logger = logging.getLogger(__name__)


def name_of(shopper: str) -> str:
    """By what name a shopper (`u:…`, `s:…`) is shared: it tells no id."""
    return hashlib.blake2b(shopper.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def ids_of(user: str | None, session: str | None) -> list[str]:
    """The shoppers of a request, the one whose pairs count first."""
    named = (("u", user), ("s", session))
    return [f"{prefix}:{who}" for prefix, who in named if who is not None]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was read for one request, see `recommend.scene.Shared`: rows that are newer than the state's, by shopper.
    `gone`: nothing could be read."""

    rows: Rows
    cursor: int = 0
    newer: Mapping[str, Row] = field(default_factory=dict)
    gone: bool = False

    def shopper(self, state: State, user: str | None, session: str | None) -> ShopperView | None:
        """See `recommend.scene.Shared.shopper`."""
        if not self.newer:
            return state.shopper(user, session)
        found = [self._newest(state, each) for each in ids_of(user, session)]
        there = [row for row in found if row is not None]
        if not there:
            return None
        return RowView(state, *there, alone=user is not None and len(there) == 1 and there[0] is found[0])

    def _newest(self, state: State, shopper: str) -> Row | None:
        """What was read of one, or what the state knows by now, if that is newer."""
        row, no = self.newer.get(shopper), state.shopper_number.get(shopper, -1)
        if no < 0 or (row is not None and row.seq > int(state.shoppers.arrays["seq"][no])):
            return row
        return self.rows.of(state, no)


class Sharing:
    """Offers the rows of the shoppers whom folded changes are about, run by run, and holds back their
    acknowledgements until the rows are there, or cannot be. Owned by the event loop; `state` gives the live state."""

    def __init__(self, shoppers: Shoppers, state: Callable[[], State]) -> None:
        self._shoppers, self._state = shoppers, state
        self._rows = Rows(state())
        self._touched: dict[int, int] = {}
        self._forgotten: dict[str, int] = {}
        self._since = state().cursor
        self._held = NOWHERE
        self._waiting: list[tuple[int, Answers]] = []
        self._offering: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._silent = False
        self.refused = 0

    def forgetting(self, run: Run) -> None:
        """Before a run is folded: the names of those whom it forgets, which the state will not know after it."""
        ids = self._state().shopper_ids
        for row, entry in run.entries.items():
            if isinstance(entry, Erasure):
                named = [ids[no] for no in entry.shoppers if no < len(ids) and not ids[no].startswith(ERASED_PREFIX)]
                self._forgotten |= {name_of(each): int(run.seq[row]) for each in named}

    def folded(self, run: Run) -> None:
        """After a run was folded: whom it is about."""
        about = (run.type == EVENT) & (run.shopper >= 0)
        for row, entry in run.entries.items():
            about[row] = isinstance(entry, User) and run.shopper[row] >= 0
        places = np.flatnonzero(about)
        self._touched.update(zip(run.shopper[places].tolist(), run.seq[places].tolist(), strict=True))

    def answer(self, answers: Answers) -> None:
        """Acknowledges once what was folded so far is shared; at once where that cannot be now."""
        if answers:
            self._waiting.append((self._state().cursor, answers))
        if self._again is not None:
            self._answer_all()
        else:
            self._begin()

    def _begin(self) -> None:
        self._again = None
        if self._offering is None or self._offering.done():
            self._offering = asyncio.get_running_loop().create_task(self._offer_all())

    async def look(self, user: str | None, session: str | None) -> Looked | None:
        """What others know of a request's shopper before this process; None for nobody's."""
        state = self._state()
        names = {name_of(each): each for each in ids_of(user, session)}
        if not names:
            return None
        until = state.cursor
        try:
            found = await self._shoppers.read({name: _known(state, each) for name, each in names.items()})
        except Unavailable as error:
            self._note(error)
            return Looked(self._rows, gone=True)
        if self._again is not None:
            # It answers again: what is acknowledged from now on shall be shared before.
            self._again.cancel()
            self._begin()
        rows = {names[name]: self._rows.unpacked(packed) for name, packed in found.rows.items()}
        newer = {each: row for each, row in rows.items() if row is not None}
        # Up to its own cursor the state knows all itself; what lies beyond the rows tell, if they begin before it.
        whole = 0 <= found.held.since <= until and len(newer) == len(rows)
        return Looked(self._rows, found.held.cursor if whole else 0, newer)

    async def stop(self) -> None:
        """Offers what is left, acknowledges what waits, and ends."""
        if self._again is not None:
            self._again.cancel()
        self._begin()
        if self._offering is not None:
            await asyncio.wait({self._offering}, timeout=LAST_SECONDS)
            self._offering.cancel()
        if self._again is not None:
            self._again.cancel()
        self._answer_all()
        await self._shoppers.close()

    async def _offer_all(self) -> None:
        """Offers until what is shared is where the state is, or beyond, and those are let go whom it forgot."""
        try:
            while self._forgotten or self._held.cursor < self._state().cursor:
                await self._offer()
                self._answer_up_to(self._held.cursor)
        except Unavailable as error:
            self._note(error)
            self._again = asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._begin)
        finally:
            # Whatever happens, who sent an event that is on disk hears of it.
            self._answer_all()

    async def _offer(self) -> None:
        """Offers once what lies between the shared cursor and the state's."""
        state, begins = self._state(), self._held.cursor
        ends = max(state.cursor, begins)
        anew = ends > begins and (begins < self._since or len(self._touched) > MOST)
        rows, gone = {} if anew else self._packed(state, begins), dict(islice(self._forgotten.items(), MOST))
        self._held = held = await self._shoppers.apply(begins, ends, rows, gone, anew=anew)
        # One whose change lies ahead of the cursor may be offered once more, by who has not folded it yet.
        kept = (each for each in self._forgotten.items() if each[1] > held.cursor or gone.get(each[0]) != each[1])
        self._forgotten = dict(kept)
        self.refused += held.cursor != ends
        if self._silent:
            _logger.warning("what is known of shoppers is shared again")
            self._silent = False
        self._let_go(held.cursor)

    def _packed(self, state: State, begins: int) -> dict[str, bytes]:
        """The rows of those who were touched after `begins`, as the state knows them now."""
        ids = state.shopper_ids
        touched = (no for no, seq in self._touched.items() if seq > begins and no < len(ids))
        return {
            name_of(ids[no]): self._rows.packed(self._rows.of(state, no))
            for no in touched
            if not ids[no].startswith(ERASED_PREFIX)
        }

    def _let_go(self, cursor: int) -> None:
        """Forgets whom it need not offer any more."""
        self._touched = {no: seq for no, seq in self._touched.items() if seq > cursor}
        self._since = max(self._since, min(cursor, self._state().cursor))

    def _answer_up_to(self, cursor: int) -> None:
        ready = [answers for seq, answers in self._waiting if seq <= cursor]
        self._waiting = [(seq, answers) for seq, answers in self._waiting if seq > cursor]
        for answers in ready:
            for call, answer in answers:
                call.answer(answer)

    def _answer_all(self) -> None:
        self._answer_up_to(np.iinfo(np.int64).max)

    def _note(self, error: Unavailable) -> None:
        """Says once that it does without."""
        if not self._silent:
            _logger.warning("slates are made without what is shared of shoppers: %s", error)
        self._silent = True


def _known(state: State, shopper: str) -> int:
    """The `seq` of the last change about a shopper that the state knows; 0 for none."""
    no = state.shopper_number.get(shopper, -1)
    return int(state.shoppers.arrays["seq"][no]) if no >= 0 else 0


class Noted:
    """What a fold writes to, where whom each run is about is noted to be shared."""

    def __init__(self, folds: Folds, sharing: Sharing) -> None:
        self._folds, self._sharing = folds, sharing

    @property
    def cursor(self) -> int:
        """The last `seq` taken in."""
        return self._folds.cursor

    def apply(self, run: Run) -> None:
        """Takes in a run."""
        self._sharing.forgetting(run)
        self._folds.apply(run)
        self._sharing.folded(run)
