"""A request's body as records: one JSON object, an array of them, or NDJSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from lingxi.domain.errors import Malformed, TooLarge

BODY_BYTES: Final = 1 << 20
RECORDS: Final = 1_000
DEPTH: Final = 8
_NDJSON: Final = ("ndjson", "jsonl", "json-seq", "jsonlines")
_ANY: Final = msgspec.json.Decoder()
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode
_RAW: Final = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may bring: bytes, records, and how deep JSON may be nested."""

    body_bytes: int = BODY_BYTES
    records: int = RECORDS
    depth: int = DEPTH


DEFAULT: Final = Limits()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line or an element that does not parse: its text and why."""

    text: str
    why: str


Sent = Any
"""What was sent for one record: a dict as it should be, any other JSON value, or `Unreadable`."""


def decode(body: bytes, content_type: str = "", limits: Limits = DEFAULT) -> list[Sent]:
    """The records of a body, in order; a single object is one record.

    NDJSON is told by its content type, or by the lines: where the body as a whole is not JSON but one of its lines is
    an object, each line stands for itself and one that does not parse is `Unreadable`.

    Raises:
        Malformed: not JSON or NDJSON, or nested deeper than the limit.
        TooLarge: more bytes or records than the limit.
    """
    if len(body) > limits.body_bytes:
        what = f"the body has {len(body):,} bytes; the limit is {limits.body_bytes:,}"
        raise TooLarge(what, where="body", remedy="send fewer records in each call")
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise Malformed("the body is empty", where="body", remedy="send a JSON object, an array of them, or NDJSON")
    try:
        records = _records(body, content_type)
    except RecursionError:
        raise _too_deep(limits) from None
    if len(records) > limits.records:
        what = f"{len(records):,} records in one call; the limit is {limits.records:,}"
        raise TooLarge(what, where="body", remedy=f"send at most {limits.records:,} in each call")
    if any(_deeper(record, limits.depth - 1) for record in records):
        raise _too_deep(limits)
    return [_without_nul(record) for record in records] if b"\\u0000" in body else records


def _records(body: bytes, content_type: str) -> list[Sent]:
    """The records of a body that is not empty."""
    if any(word in content_type.lower() for word in _NDJSON):
        return list(_lines(body))
    try:
        whole = _ANY.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _apart(body, str(error))
    return whole if isinstance(whole, list) else [whole]


def _apart(body: bytes, why: str) -> list[Sent]:
    """The records one by one, where the body as a whole does not parse."""
    if body.startswith(b"["):
        try:
            return [_one(raw) for raw in _RAW.decode(body)]
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            why = str(error)
    elif b"\n" in body:
        lines = list(_lines(body))
        if any(isinstance(line, dict) for line in lines):
            return lines
    raise Malformed(f"the body is neither JSON nor NDJSON: {why}", where="body", remedy="check it with a JSON parser")


def _lines(body: bytes) -> Iterator[Sent]:
    """Each line that is not blank."""
    return (_one(line) for line in body.splitlines() if line.strip(b" \t\x1e"))


def _one(text: bytes | msgspec.Raw) -> Sent:
    """One record from its text."""
    raw = bytes(text).strip(b" \t\x1e")
    try:
        return _ANY.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Unreadable(raw.decode(errors="replace"), str(error))


def _deeper(value: object, left: int) -> bool:
    """Whether arrays and objects in `value` are nested more than `left` levels deep."""
    if not isinstance(value, (dict, list)):
        return False
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, (dict, list)) and (left <= 1 or _deeper(each, left - 1)):
            return True
    return left <= 0


def _without_nul(record: Sent) -> Sent:
    """The record, or why it cannot be taken: text in a database has no U+0000."""
    text = "" if isinstance(record, Unreadable) else _encode(record).decode()
    return Unreadable(text, "it holds the character U+0000") if "\\u0000" in text else record


def _too_deep(limits: Limits) -> Malformed:
    what = f"the body is nested too deep; the limit is {limits.depth} levels"
    return Malformed(what, where="body", remedy="an event is one flat object; only 'context' holds another")
