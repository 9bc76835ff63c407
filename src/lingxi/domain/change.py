"""What the log holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Literal

from msgspec import Struct

from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.merchandising import RuleSet
from lingxi.domain.user import User


class Release(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A bundle went live (`bundle` is None: back to no model). `why` is on record when `forced`."""

    bundle: str | None
    previous: str | None
    forced: bool = False
    why: str = ""
    by: str = ""


class Alias(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two ids of one person; joined when read, so it can be undone (`joined` False)."""

    user: str
    same_as: str
    joined: bool = True


class Erasure(Struct, frozen=True, kw_only=True):
    """Shoppers were forgotten: their numbers, which nobody gets again. Who follows the log learns it from this."""

    shoppers: tuple[int, ...]


class Type(IntEnum):
    """What a change is, as the log's table stores it."""

    EVENT = 0
    ITEM = 1
    USER = 2
    ALIAS = 3
    RELEASE = 4
    ERASURE = 5
    RULES = 6
    ERASED = 9


Entry = Event | Item | User | Alias | Release | Erasure | RuleSet


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the log. `seq` is dense in its shop; `received` is in µs UTC.

    `marks` names the rules that doubt an event, `repairs` those that changed it; `original` is the event as it was
    sent, kept where a rule repaired it.
    """

    seq: int
    received: int
    entry: Entry | None
    marks: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    original: str | None = None


class Proposal(Struct, frozen=True):
    """An entry on its way into the log, already clean: an event here always has `id` and `at`.

    `timed` is False for an event that was sent without a time: its `at` is when it was received, which is no part of
    its content, so the same event sent again is a duplicate and no conflict. `minted` is True where its id was made for
    it just now: no log holds it yet.
    """

    entry: Entry
    received: int
    marks: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    original: str | None = None
    timed: bool = True
    minted: bool = False


Outcome = Literal["stored", "duplicate", "conflict"]


class Appended(Struct, frozen=True):
    """What became of one proposal: its `seq`, or the `seq` of the entry that holds its id already."""

    outcome: Outcome
    seq: int


ERASED_PREFIX: Final = "x:"
"""What stands before the number where a forgotten shopper's id stood: no `u:…` or `s:…` is ever equal to it."""


Status = Literal["accepted", "repaired", "marked", "duplicate", "conflict", "quarantined"]


class Receipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to one event, item or user that was sent; `seq` is absent for what was not stored."""

    status: Status
    id: str | None = None
    seq: int | None = None
    rules: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(slots=True)
class Tally:
    """How many of what was sent ended where, and by which rule."""

    statuses: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)


def tie_of(identity: str) -> int:
    """The number that orders events of equal time: the first eight bytes of BLAKE2b of the id, signed."""
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "big", signed=True)
