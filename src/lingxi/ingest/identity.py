"""Ids for events that were sent without one."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import msgspec
import uuid_utils

from lingxi.domain.event import Event

Mint = Callable[[], str]
_encode = msgspec.json.Encoder().encode


def content_id(event: Event, copy: int = 0) -> str:
    """The id of an event that has an `at` and no id: its time in hex, then 64 bits of BLAKE2b of its fields.

    Equal content is one event, whenever and however it is sent. The time comes first so that an index takes ids in
    order. `copy` counts the equal lines of one file before it: two of them are two events.
    """
    told = _encode(event) if not copy else b"%s#%d" % (_encode(event), copy)
    return f"{event.at:016x}{blake2b(told, digest_size=8).hexdigest()}"


def new_id() -> str:
    """A new id in order of time (UUID version 7), for an event that has neither an id nor a time."""
    return str(uuid_utils.uuid7())
