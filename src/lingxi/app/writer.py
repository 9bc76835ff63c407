"""The one thread that writes a shop's log: waiting calls share a transaction, and so an fsync.

Small calls go first, so that a click does not wait for a file: large ones are cleaned and stored in pieces between
them, and answered once the disk has all of it. It also looks for what other processes appended, so that every change
reaches the state in order of `seq`, whoever wrote it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

from lingxi.app.calls import Answer, Call, Calls
from lingxi.domain.change import Appended, Proposal, Receipt
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.ingest.accept import Concluded, Events, Prepared, conclude
from lingxi.ports.log import Log, Run
from lingxi.ports.quarantine import Held, Quarantine

AHEAD: Final = 4
"""Runs that may be read before the state has taken them in."""

PIECE: Final = 128
"""Events of a large call that are cleaned, or stored, before small calls have their turn."""

_logger = logging.getLogger(__name__)

Ready = tuple[Call, Prepared | LingxiError]
T = TypeVar("T")


class RunningLog(Log, Protocol):
    """A log that can say what it stored, so that the state need not read it back."""

    def append_run(self, proposals: Sequence[Proposal], *, lasting: bool = True) -> tuple[list[Appended], Run]:
        """`append`, and what it stored as `read` would return it; unless `lasting` it may be lost with the power until
        `settle` returns, or a lasting one after it."""
        ...

    def settle(self) -> None:
        """Returns once all that was appended is on disk; raises as `append` does."""
        ...

    def moved(self) -> bool:
        """Whether anybody, also through this log, has appended since this was asked last; it may be wrongly true."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the state takes in, in order, and who may be answered once it has."""

    runs: list[Run]
    answers: list[tuple[Call, Answer]]


class Writer:
    """Appends for all callers, follows the log, hands both to `deliver` (called from the writer's thread).

    `clean` makes proposals of the events of several calls (in the writer's thread too). `cursor` is the last
    `seq` that it stored or read, `abreast` is true once that was all there was. `limit` says how many changes the state
    takes in at a time; `taken` must be called once for each delivery, when it is in the state. `others` are the changes
    that it read once it was abreast, as (after, until): `clean` takes them from there. `lost`: something that was
    cleaned was not stored; `clean` takes note of that, and says so. `_fresh` is what was stored and
    comes with the next delivery: not while it is `_loose`, not yet on disk, unless the disk fails.
    """

    def __init__(
        self,
        log: RunningLog,
        quarantine: Quarantine,
        cursor: int,
        clean: Callable[[Sequence[Events]], list[Prepared]],
        deliver: Callable[[Delivery], None],
        *,
        group: int,
    ) -> None:
        self._log = log
        self._quarantine = quarantine
        self._clean = clean
        self._deliver = deliver
        self._group = group
        self._calls = Calls()
        self._making: Iterator[None] | None = None
        self._fresh: list[Run] = []
        self._loose = False
        self._room = threading.Semaphore(AHEAD)
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self.cursor = cursor
        self.waiting = 0
        self.limit = 2048
        self.poll_seconds = 0.1
        self.fault: LingxiError | None = None
        self.lost = False
        self.abreast = False
        self.others: list[tuple[int, int]] = []
        self._more = True

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def submit(self, call: Call) -> None:
        """Queues a call; its `answer` comes with the delivery. Called by the loop's thread only."""
        self.waiting += call.weight
        self._calls.put(call)

    def taken(self) -> None:
        """The state has taken in a delivery."""
        self._room.release()

    def stop(self, seconds: float) -> bool:
        """Writes what waits, then ends the thread; whether it ended in time. One that was not started has ended."""
        if self._thread.ident is None:
            return True
        self._calls.end()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        behind = True
        while not self._calls.ended or self._making:
            self._calls.collect(0.0 if behind or self._making else self.poll_seconds)
            small = self._calls.small(self._group)
            if small:
                self._commit(list(zip(small, self._prepared(small), strict=True)))
            wrote = self._go_on() or bool(small)
            behind = self._follow() if (not wrote or behind) and not self._fresh else False
            if not behind and not self._fresh and not self.abreast and self.fault is None:
                self.abreast = True
                self._hand_over([])

    def _go_on(self) -> bool:
        """One step of what large calls need; whether there was any."""
        if self._making is None:
            large = self._calls.large(self._group)
            if not large:
                return False
            self._making = self._large(large)
        try:
            next(self._making)
        except StopIteration:
            self._making = None
        return True

    def _large(self, calls: list[Call]) -> Iterator[None]:
        """Stores large calls: a step for each piece that is cleaned, then one for each that is stored."""
        ready: list[Ready] = []
        for call in calls:
            prepared = yield from self._piecewise(call)
            ready.append((call, prepared))
        if not all(isinstance(call.records, Events) for call in calls):
            self._commit(ready)  # what was made by a look at the log goes in before that changes
            return
        answers: list[tuple[Call, Answer]] = []
        for call, prepared in ready:
            answer = (yield from self._bit_by_bit(prepared)) if isinstance(prepared, Prepared) else prepared
            answers.append((call, answer))
        fault = self._tried_to_store(self._settle)
        if isinstance(fault, LingxiError):
            answers = [(call, _loose_still(answer, fault)) for call, answer in answers]
        self._hand_over(answers)

    def _piecewise(self, call: Call) -> Generator[None, None, Prepared | LingxiError]:
        """What a large call brings, or why it cannot be prepared."""
        if not isinstance(call.records, Events):
            return _tried(call.records)
        sent, received = call.records
        parts: list[Proposal | Held] = []
        for start in range(0, len(sent), PIECE):
            piece = _tried(partial(self._clean_one, Events(sent[start : start + PIECE], received)))
            if not isinstance(piece, Prepared):
                return piece
            parts += piece.parts
            yield
        return Prepared(tuple(parts))

    def _bit_by_bit(self, prepared: Prepared) -> Generator[None, None, Answer]:
        """Stores what a large call brings, not yet for the loss of power; its receipts, or why not all is stored."""
        receipts: list[Receipt] = []
        for start in range(0, len(prepared.parts), PIECE):
            piece = Prepared(prepared.parts[start : start + PIECE])
            found = self._tried_to_store(partial(self._store, [piece], lasting=False))
            if isinstance(found, LingxiError):
                return _in_part(found, start, len(prepared.parts))
            receipts += found[0].receipts
            yield
        return receipts

    def _commit(self, found: list[Ready]) -> None:
        """Stores what calls bring, in one transaction, and hands it over with their answers."""
        ready: list[tuple[Call, Prepared]] = []
        answers: list[tuple[Call, Answer]] = []
        for call, prepared in found:
            if isinstance(prepared, Prepared):
                ready.append((call, prepared))
            else:
                answers.append((call, prepared))
        concluded = self._tried_to_store(partial(self._keep, [prepared for _, prepared in ready]))
        if isinstance(concluded, LingxiError):
            answers += [(call, concluded) for call, _ in ready]
        else:
            answers += [(call, each.receipts) for (call, _), each in zip(ready, concluded, strict=True)]
        self._hand_over(answers)

    def _tried_to_store(self, store: Callable[[], T]) -> T | LingxiError:
        """What it gives, or why the log could not be written."""
        try:
            return store()
        except LingxiError as error:
            self._failed(error)
            return error
        except Exception:
            _logger.exception("the log could not be written")
            broken = Unavailable("the log could not be written", remedy="see the server's log; send it again")
            self._failed(broken)
            return broken

    def _prepared(self, calls: list[Call]) -> list[Prepared | LingxiError]:
        """What the calls bring, in order; the events of all of them are cleaned at once."""
        cleaned = iter(self._cleaned([call.records for call in calls if isinstance(call.records, Events)]))
        return [next(cleaned) if isinstance(call.records, Events) else _tried(call.records) for call in calls]

    def _cleaned(self, events: list[Events]) -> Sequence[Prepared | LingxiError]:
        """Events cleaned together; each call alone where that fails, so that it fails for none but its own caller."""
        if len(events) > 1:
            try:
                return self._clean(events)
            except Exception:
                _logger.exception("%d calls could not be cleaned together; each is cleaned alone", len(events))
        return [_tried(partial(self._clean_one, each)) for each in events]

    def _clean_one(self, events: Events) -> Prepared:
        return self._clean([events])[0]

    def _keep(self, prepared: list[Prepared]) -> list[Concluded]:
        """Stores what calls bring, on disk."""
        concluded = self._store(prepared, lasting=True)
        self._settle()
        return concluded

    def _settle(self) -> None:
        """Brings what is loose onto the disk."""
        if self._loose:
            self._log.settle()
            self._loose = False

    def _store(self, prepared: list[Prepared], *, lasting: bool) -> list[Concluded]:
        """Appends all proposals and holds what is held; what became of each call. What follows `cursor` is fresh."""
        proposals = [each for part in prepared for each in part.proposals]
        appended: list[Appended] = []
        if proposals:
            appended, run = self._log.append_run(proposals, lasting=lasting)
            # What wrote nothing synced nothing: what it repeats may be loose still, here or with another process.
            self._loose = not lasting or not len(run)
            if len(run):
                self._catch_up(int(run.seq[0]) - 1)
                self._add(run)
        self.fault = None
        concluded: list[Concluded] = []
        held: list[Held] = []
        start = 0
        for part in prepared:
            count = len(part.proposals)
            each = conclude(part, appended[start : start + count])
            start += count
            held += each.held
            concluded.append(each)
        if held:
            self._quarantine.hold(held)
        return concluded

    def _catch_up(self, until: int) -> None:
        """Takes in what others appended after `cursor` and up to `until`."""
        while self.cursor < until:
            run = self._log.read(self.cursor, min(self.limit, until - self.cursor))
            if not len(run):
                break
            self._read(run)

    def _read(self, run: Run) -> None:
        """Takes in what others appended."""
        if self.abreast:
            self.others.append((self.cursor, int(run.seq[-1])))
        self._add(run)

    def _add(self, run: Run) -> None:
        self._fresh.append(run)
        self.cursor = int(run.seq[-1])

    def _follow(self) -> bool:
        """Hands over the next run that others appended; whether there may be more."""
        try:
            self._more = self._log.moved() or self._more
            if not self._more:
                return False
            self._more = self._log.head() > self.cursor
            run = self._log.read(self.cursor, self.limit) if self._more else None
        except LingxiError as error:
            self._failed(error)
            return False
        if run is None or not len(run):
            return False
        self._read(run)
        self._hand_over([])
        return True

    def _hand_over(self, answers: list[tuple[Call, Answer]]) -> None:
        runs, self._fresh = self._fresh, []
        self._room.acquire()
        self._deliver(Delivery(runs, answers))

    def _failed(self, error: LingxiError) -> None:
        self.lost = True
        if self.fault is None:
            _logger.warning("%s", error)
        self.fault = error


def _tried(prepare: Callable[[], Prepared]) -> Prepared | LingxiError:
    """What it prepares, or why it cannot."""
    try:
        return prepare()
    except LingxiError as error:
        return error
    except Exception:
        _logger.exception("a call could not be prepared")
        return LingxiError("the call could not be prepared", remedy="see the server's log")


def _loose_still(answer: Answer, fault: LingxiError) -> LingxiError:
    """What a call is told that is stored, and not known to be on disk; one that failed by itself is told that."""
    return answer if isinstance(answer, LingxiError) else _in_part(fault, len(answer), len(answer))


def _in_part(error: LingxiError, stored: int, of: int) -> LingxiError:
    """Why a call could not be stored, and how much of it is."""
    if not stored:
        return error
    what = f"{error.what}; the first {stored} of {of} are stored"
    return Unavailable(what, where=error.where, remedy="send all again: what has an id or a time is not stored twice")
