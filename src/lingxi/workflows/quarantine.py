"""Takes things out of quarantine again: their fields set in bulk, then through the cleaning and into the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from lingxi.domain.change import Proposal
from lingxi.domain.errors import Unknown
from lingxi.domain.item import Item
from lingxi.domain.user import User
from lingxi.ingest import upsert
from lingxi.ingest.accept import CONFLICT, SHAPE, prepare, receipt, text
from lingxi.ingest.upsert import UNKNOWN_ID
from lingxi.ports.catalog import Catalog
from lingxi.ports.log import Log
from lingxi.ports.quarantine import Held, Quarantine, Sort
from lingxi.workflows._assignments import TYPES, Record, assignments

__all__ = ["Chosen", "Example", "Fixed", "Replayed", "assignments", "fix", "replay", "show"]

AT_ONCE: Final = 1_000
EXAMPLES: Final = 3
END: Final = 2**63 - 1
OF_EVENTS: Final = frozenset(("user", "session", "item", "at"))
"""Fields that neither an item nor a user has."""
Part = Proposal | Held

Stored = Mapping[str, Item] | Mapping[str, User]


class Ledger(Log, Catalog, Protocol):
    """A log that keeps the catalog in its transactions."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which things: all of `rule`, or those with the numbers `ids`, or (neither) all."""

    rule: str | None = None
    ids: Sequence[int] = ()

    def __str__(self) -> str:
        named = ", ".join(map(str, self.ids[:3])) + (" …" if len(self.ids) > 3 else "")
        return named if self.ids else self.rule or "everything"


class Example(Struct, frozen=True, kw_only=True):
    """One record before and after its fields are set; `then` is the status that a replay would give it, by `rules`."""

    number: int
    before: str
    after: str
    then: str
    rules: tuple[str, ...] = ()


class Fixed(Struct, kw_only=True):
    """What setting fields does: to how many, where a replay would end them; `unreadable` cannot be read, or were sent
    as something that has no such field."""

    chosen: int = 0
    changed: int = 0
    unreadable: int = 0
    then: dict[str, int] = {}
    examples: list[Example] = []


class Replayed(Struct, kw_only=True):
    """Where each thing ended; `statuses` adds up to `sent`. All but conflicts and quarantined have left quarantine."""

    sent: int = 0
    statuses: dict[str, int] = {}
    rules: dict[str, int] = {}
    left: int = 0


def show(quarantine: Quarantine, number: int) -> Held:
    """The thing with this number.

    Raises:
        Unknown: there is none.
    """
    found = quarantine.newest(1, below=number + 1) if 0 < number < END else []
    if not found or found[0].number != number:
        what = f"nothing in quarantine has the number {number}"
        raise Unknown(what, remedy="`lingxi quarantine list` shows the numbers")
    return found[0]


def fix(quarantine: Quarantine, chosen: Chosen, sets: Mapping[str, Any], now: int, *, keep: bool) -> Fixed:
    """Sets fields of the chosen records, or (without `keep`) says what that would do; `now` is in µs UTC.

    Raises:
        Unknown: nothing has such a number, or is held by such a rule.
    """
    found = Fixed()
    for page in _pages(quarantine, chosen):
        changes: dict[int, Held | None] = {}
        for held in page:
            found.chosen += 1
            record = _record(held)
            if record is None or not sets.keys() <= TYPES[_sort(held)].keys():
                found.unreadable += 1
                continue
            fixed = {name: value for name, value in {**record, **sets}.items() if value is not None}
            if fixed == record:
                continue
            found.changed += 1
            _foretell(found, held, fixed, now)
            changes[held.number] = msgspec.structs.replace(held, body=text(fixed))
        if keep:
            quarantine.change(changes)
    return found


def _foretell(found: Fixed, held: Held, fixed: Record, now: int) -> None:
    """Counts what a replay would do, as far as the cleaning says it: the log may know the record already."""
    (part,) = _prepared([(held, fixed)], now)
    then = "quarantined" if isinstance(part, Held) else "marked" if part.marks else "in"
    found.then[then] = found.then.get(then, 0) + 1
    if len(found.examples) < EXAMPLES:
        rules = (part.rule,) if isinstance(part, Held) else part.marks
        found.examples.append(Example(number=held.number, before=held.body, after=text(fixed), then=then, rules=rules))


def replay(quarantine: Quarantine, log: Ledger, chosen: Chosen, now: int) -> Replayed:
    """Sends the chosen records through the cleaning and the log again; what gets in leaves quarantine.

    An event without a time happened when it was first received, so the same record gets the same id: interrupted
    between log and quarantine, the next call finds it stored, and lets it go. An item or user is taken as if it were
    sent now, and replaces what is stored; but one that is held as a conflict stays while its id is taken.

    Raises:
        Unknown: nothing has such a number, or is held by such a rule.
        Unavailable: the log cannot be written now; what was replayed before is, the rest stays in quarantine.
    """
    done = Replayed()
    for page in _pages(quarantine, chosen):
        # First held, first in: of two with one id the first stays.
        _replay(quarantine, log, page[::-1], now, done)
    done.left = sum(quarantine.counts().values())
    return done


def _replay(quarantine: Quarantine, log: Ledger, page: Sequence[Held], now: int, done: Replayed) -> None:
    changes: dict[int, Held | None] = {}
    records = [(held, _record(held)) for held in page]
    for held, record in records:
        if record is None:
            _count(done, "quarantined", (held.rule,))
    # What items and users are comes first, for changes to them, and for the events that name them.
    sent = sorted(((held, record) for held, record in records if record is not None), key=lambda each: _rank(each[0]))
    for sort, group in groupby(sent, key=lambda each: _sort(each[0])):
        chosen = list(group)
        there = _stored(log, sort, [record for _, record in chosen])
        parts = _prepared(chosen, now, there)
        appended = iter(log.append([part for part in parts if not isinstance(part, Held)]))
        for (held, _), part in zip(chosen, parts, strict=True):
            if isinstance(part, Held):
                _count(done, CONFLICT if part.rule == CONFLICT else "quarantined", (part.rule,))
                changes[held.number] = _held_again(held, part.rule, part.reason)
                continue
            answer = receipt(part, outcome := next(appended))
            _count(done, answer.status, (CONFLICT,) if answer.status == CONFLICT else answer.rules)
            reason = f"id: '{answer.id}' is stored with other content under seq {outcome.seq}"
            changes[held.number] = _held_again(held, CONFLICT, reason) if answer.status == CONFLICT else None
    quarantine.change(changes)


def _prepared(sent: Sequence[tuple[Held, Record]], now: int, stored: Stored | None = None) -> list[Part]:
    """Records of one sort, ready for the log, or why they are not; `stored` are the items or users that they name."""
    sort, records, there = _sort(sent[0][0]), [record for _, record in sent], stored or {}
    if sort == "event":
        return list(prepare([_timed(record, held) for held, record in sent], now).parts)
    if sort == "item_delta":
        return list(upsert.item_deltas(records, there, now).parts)  # type: ignore[arg-type]
    if sort == "user_delta":
        return list(upsert.user_deltas(records, there, now).parts)  # type: ignore[arg-type]
    parts = (upsert.items if sort == "item" else upsert.users)(records, now).parts
    return [_unless_taken(held, part, there) for (held, _), part in zip(sent, parts, strict=True)]


def _unless_taken(held: Held, part: Part, stored: Stored) -> Part:
    """An item or user that came under an id with other content stays held while it is so."""
    if held.rule != CONFLICT or isinstance(part, Held) or not isinstance(part.entry, Item | User):
        return part
    known = stored.get(part.entry.id)
    if known is None or known == part.entry:
        return part
    return msgspec.structs.replace(held, reason=f"id: '{part.entry.id}' is stored with other content")


def _stored(log: Ledger, sort: Sort, records: Sequence[Record]) -> Stored:
    """The items or users that records of a sort name, as they stand."""
    if sort == "event":
        return {}
    ids = upsert.ids_in(records)
    return log.items(ids) if sort.startswith("item") else log.users(ids)


def _sort(held: Held) -> Sort:
    """What it was sent as; what an older Lingxi held and can be read is an event."""
    return held.sort or "event"


def _rank(held: Held) -> int:
    """Whole records, then changes to them, then events; in each the first first, as `sorted` leaves them."""
    return ("item", "user", "item_delta", "user_delta", "event").index(_sort(held))


def _held_again(held: Held, rule: str, reason: str) -> Held:
    """The same, held by the rule that holds it now; the place in its file stays."""
    if rule == held.rule:
        return held
    place, between, _ = held.reason.partition(": ")
    placed = bool(between) and place.rpartition(", line ")[2].isdigit()
    return msgspec.structs.replace(held, rule=rule, reason=f"{place}: {reason}" if placed else reason)


def _count(done: Replayed, status: str, rules: Sequence[str]) -> None:
    done.sent += 1
    done.statuses[status] = done.statuses.get(status, 0) + 1
    for rule in rules:
        done.rules[rule] = done.rules.get(rule, 0) + 1


def _timed(record: Record, held: Held) -> Record:
    return record if record.get("at") is not None else {**record, "at": held.received}


def _record(held: Held) -> Record | None:
    """What was sent, as a record; None where it is none, or was too long to be kept whole."""
    try:
        found = msgspec.json.decode(held.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) and (held.sort or _is_event(found, held.rule)) else None


def _is_event(record: Record, rule: str) -> bool:
    """Whether what an older Lingxi held was an event: rules held nothing else, schema and log items and users too."""
    return rule != UNKNOWN_ID and (rule not in (SHAPE, CONFLICT) or not OF_EVENTS.isdisjoint(record))


def _pages(quarantine: Quarantine, chosen: Chosen) -> Iterator[list[Held]]:
    """The chosen things in pages, the newest first: each once, whatever becomes of those before."""
    if chosen.ids:
        yield [show(quarantine, number) for number in sorted(set(chosen.ids), reverse=True)]
        return
    known = quarantine.counts()
    if chosen.rule is not None and chosen.rule not in known:
        there = ", ".join(f"{rule} ({count:,})" for rule, count in known.items()) or "nothing"
        raise Unknown(f"nothing is held by '{chosen.rule[:80]}'", remedy=f"held is: {there}")
    below = END
    while page := quarantine.newest(AT_ONCE, chosen.rule, below):
        yield page
        below = page[-1].number
