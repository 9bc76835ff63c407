"""Takes things out of quarantine again: their fields set in bulk, then through the cleaning and into the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import Struct

from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.event import Event
from lingxi.ingest.accept import CONFLICT, SHAPE, plain, prepare, receipt, text
from lingxi.ingest.upsert import UNKNOWN_ID
from lingxi.ports.log import Log
from lingxi.ports.quarantine import Held, Quarantine

AT_ONCE: Final = 1_000
EXAMPLES: Final = 3
END: Final = 2**63 - 1
OF_EVENTS: Final = frozenset(("user", "session", "item", "at"))
"""Fields that neither an item nor a user has."""
TOTAL: Final = "total"
"""A line's sum: no field of an event, but the cleaning takes it."""

Record = dict[str, Any]


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
    """What setting fields does: to how many, where a replay would end them; `unreadable` are no readable events."""

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


def assignments(texts: Sequence[str]) -> Record:
    """`field=value` texts as fields with values of their types; nothing behind the sign takes the field away (None).

    Raises:
        Invalid: a text is no assignment, or an event has no such field, or it does not take the value.
    """
    return dict(_assignment(each) for each in texts)


def _assignment(given: str) -> tuple[str, Any]:
    name, sign, value = given.partition("=")
    name = name.strip()
    types = {each.name: each.type for each in msgspec.structs.fields(Event)} | {TOTAL: float}
    del types["context"]
    if not sign or name not in types:
        what = f"'{given[:80]}' sets nothing"
        raise Invalid(what, where="--set", remedy=f"write field=value with a field of {', '.join(sorted(types))}")
    if not value:
        return name, None
    if name == "at" and not value.isdigit():
        return name, value  # the cleaning reads times that are written out
    try:
        return name, msgspec.convert(value, types[name], strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"{name}: {plain(error)}", where="--set", remedy=f"give another value than '{value[:40]}'"
        ) from None


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
            if record is None:
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
    part = prepare([_timed(fixed, held)], now).parts[0]
    then = "quarantined" if isinstance(part, Held) else "marked" if part.marks else "in"
    found.then[then] = found.then.get(then, 0) + 1
    if len(found.examples) < EXAMPLES:
        rules = (part.rule,) if isinstance(part, Held) else part.marks
        found.examples.append(Example(number=held.number, before=held.body, after=text(fixed), then=then, rules=rules))


def replay(quarantine: Quarantine, log: Log, chosen: Chosen, now: int) -> Replayed:
    """Sends the chosen records through the cleaning and the log again; what gets in leaves quarantine.

    An event without a time happened when it was first received, so the same record gets the same id: interrupted
    between log and quarantine, the next call finds it stored, and lets it go.

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


def _replay(quarantine: Quarantine, log: Log, page: Sequence[Held], now: int, done: Replayed) -> None:
    changes: dict[int, Held | None] = {}
    records = [_record(held) for held in page]
    sent = [(held, _timed(record, held)) for held, record in zip(page, records, strict=True) if record is not None]
    parts = prepare([record for _, record in sent], now).parts
    appended = iter(log.append([part for part in parts if not isinstance(part, Held)]))
    for held, record in zip(page, records, strict=True):
        if record is None:
            _count(done, "quarantined", (held.rule,))
    for (held, _), part in zip(sent, parts, strict=True):
        if isinstance(part, Held):
            _count(done, "quarantined", (part.rule,))
            changes[held.number] = _held_again(held, part.rule, part.reason)
            continue
        answer = receipt(part, outcome := next(appended))
        _count(done, answer.status, (CONFLICT,) if answer.status == CONFLICT else answer.rules)
        reason = f"id: '{answer.id}' is stored with other content under seq {outcome.seq}"
        changes[held.number] = _held_again(held, CONFLICT, reason) if answer.status == CONFLICT else None
    quarantine.change(changes)


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
    """What was sent, as an event's record; None where it is none, or was too long to be kept whole."""
    try:
        found = msgspec.json.decode(held.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) and _is_event(found, held.rule) else None


def _is_event(record: Record, rule: str) -> bool:
    """Whether it was sent as an event: the rules hold nothing else, the schema and the log hold items and users too."""
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
