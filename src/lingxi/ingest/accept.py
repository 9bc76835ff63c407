"""Events as sent → proposals for the log and what goes to quarantine; then the log's answer → receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final, NamedTuple

import msgspec

from lingxi.domain.change import Appended, Proposal, Receipt, Status
from lingxi.domain.event import Event
from lingxi.ingest import clean
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.body import Sent, Unreadable
from lingxi.ingest.clean import Cleaned
from lingxi.ingest.identity import Mint, content_id, new_id
from lingxi.ingest.rules._rule import Facts
from lingxi.ports.quarantine import Held, Sort

UNREADABLE: Final = "unreadable"
SHAPE: Final = "shape"
CONFLICT: Final = "conflict"
HELD_CHARACTERS: Final = 1 << 16
_encode = msgspec.json.Encoder(enc_hook=str).encode


class Events(NamedTuple):
    """Events as they were sent in one call, and when they were received (µs UTC)."""

    sent: Sequence[Sent]
    received: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was sent in one call, in order: each is a proposal for the log or held for the quarantine."""

    parts: tuple[Proposal | Held, ...]

    @property
    def proposals(self) -> list[Proposal]:
        """What the log is to append."""
        return [part for part in self.parts if isinstance(part, Proposal)]


@dataclass(frozen=True, slots=True)
class Concluded:
    """The answer to a call: a receipt for each record in order, and what the quarantine is to hold."""

    receipts: list[Receipt]
    held: list[Held]


def prepare(sent: Sequence[Sent], now: int, mint: Mint = new_id, around: Surroundings | None = None) -> Prepared:
    """Cleans and checks events; `now` (µs UTC) is when they were received, `around` what is known from those before.

    Pure but for `around`, which learns them, and `mint`, which makes the ids of events that have neither an id nor a
    time.
    """
    return prepare_all([Events(sent, now)], mint, around)[0]


def prepare_all(calls: Sequence[Events], mint: Mint = new_id, around: Surroundings | None = None) -> list[Prepared]:
    """`prepare` for several calls at once: one look at what is around them all costs little more than one for each."""
    mended = [[_mended(record, call.received) for record in call.sent] for call in calls]
    facts: Iterator[Facts | None] = repeat(None)
    if around is not None:
        acts = [_timed(good, call.received) for call, each in zip(calls, mended, strict=True) for good in _good(each)]
        facts = iter(around.facts(acts, calls[-1].received))
    return [_parted(call, each, facts, mint) for call, each in zip(calls, mended, strict=True)]


def _mended(record: Sent, now: int) -> Cleaned | None:
    return clean.mended(record, now) if isinstance(record, dict) else None


def _good(mended: Sequence[Cleaned | None]) -> Iterator[Mapping[str, Any]]:
    """The records that no rule holds."""
    return (each.record for each in mended if each is not None and each.held is None)


def _timed(record: Mapping[str, Any], received: int) -> Mapping[str, Any]:
    return record if record.get("at") is not None else {**record, "at": received}


def _parted(call: Events, mended: Sequence[Cleaned | None], facts: Iterator[Facts | None], mint: Mint) -> Prepared:
    """What becomes of a call's records; takes the facts of those that no rule holds."""
    parts: list[Proposal | Held] = []
    for record, each in zip(call.sent, mended, strict=True):
        if each is None:
            parts.append(refuse(record, call.received))
        elif each.held is not None:
            parts.append(hold(record, each.held, each.reason, call.received))
        else:
            doubted = clean.doubted(each, call.received, next(facts))
            parts.append(_event(record, doubted, call.received, mint))
    return Prepared(tuple(parts))


def _event(record: Sent, cleaned: Cleaned, now: int, mint: Mint) -> Proposal | Held:
    """One event that no rule holds, ready for the log, or why it is not."""
    given, timed = cleaned.record, cleaned.record.get("at") is not None
    minted = not timed and given.get("id") is None
    if not timed:
        given = {**given, "id": mint(), "at": now} if minted else {**given, "at": now}
    try:
        event = msgspec.convert(given, Event)
    except msgspec.ValidationError as error:
        return hold(record, SHAPE, plain(error), now)
    if event.id is None:
        event = msgspec.structs.replace(event, id=content_id(event))
    original = text(record) if cleaned.repairs else None
    return Proposal(event, now, cleaned.marks, cleaned.repairs, original, timed, minted)


def conclude(prepared: Prepared, appended: Sequence[Appended]) -> Concluded:
    """Turns the log's outcomes, one for each proposal in order, into receipts; a conflict is held."""
    outcomes = iter(appended)
    receipts: list[Receipt] = []
    held: list[Held] = []
    for part in prepared.parts:
        if isinstance(part, Held):
            held.append(part)
            receipts.append(_quarantined(part))
            continue
        outcome = next(outcomes)
        receipts.append(receipt(part, outcome))
        if outcome.outcome == CONFLICT:
            held.append(_conflict(part, outcome))
    return Concluded(receipts, held)


def receipt(proposal: Proposal, appended: Appended) -> Receipt:
    """The answer for one proposal."""
    identity = getattr(proposal.entry, "id", None)
    rules = proposal.repairs + proposal.marks
    if appended.outcome == CONFLICT:
        reason = "another event has this id; the first stays, this one is in quarantine"
        return Receipt(status="conflict", id=identity, seq=appended.seq, reason=reason)
    if appended.outcome == "duplicate":
        return Receipt(status="duplicate", id=identity, seq=appended.seq, rules=rules)
    status: Status = "repaired" if proposal.repairs else "marked" if proposal.marks else "accepted"
    return Receipt(status=status, id=identity, seq=appended.seq, rules=rules)


def _quarantined(held: Held) -> Receipt:
    """The answer for what is held, with its id where one can be read."""
    return Receipt(status="quarantined", id=_id_in(held.body), rules=(held.rule,), reason=held.reason)


def _id_in(body: str) -> str | None:
    """The id that a held record gives, if it gives one."""
    try:
        record = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    identity = record.get("id") if isinstance(record, dict) else None
    return identity if isinstance(identity, str) else None


def _conflict(proposal: Proposal, appended: Appended) -> Held:
    """What came under an id that holds something else."""
    identity = getattr(proposal.entry, "id", "")
    body = proposal.original or text(proposal.entry)
    return hold(
        body, CONFLICT, f"id: '{identity}' is stored with other content under seq {appended.seq}", proposal.received
    )


def refuse(record: Sent, now: int, sort: Sort = "event") -> Held:
    """Holds what is no JSON object."""
    if isinstance(record, Unreadable):
        return hold(record.text, UNREADABLE, f"does not parse: {record.why}", now, sort)
    return hold(record, SHAPE, f"expected an object, got {_NAMES.get(type(record), 'something else')}", now, sort)


def hold(record: Mapping[str, Any] | object, rule: str, reason: str, now: int, sort: Sort = "event") -> Held:
    """Holds a record, at most 64 KiB of it."""
    body = record if isinstance(record, str) else text(record)
    return Held(received=now, rule=rule, reason=reason, body=body[:HELD_CHARACTERS], sort=sort)


def text(record: object) -> str:
    """A record as JSON."""
    return _encode(record).decode()


def plain(error: msgspec.ValidationError) -> str:
    """msgspec's message with the field first: "quantity: expected `float`, got `str`"."""
    message = str(error)
    what, found, path = message.rpartition(" - at `$")
    if not found:
        return message[:1].lower() + message[1:]
    field = path.rstrip("`").lstrip(".")
    return f"{field}: {what[:1].lower()}{what[1:]}"


_NAMES: Final = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a bool",
    type(None): "null",
}
