"""Whom something in quarantine names: nobody checked it, so an id may stand anywhere in it."""

from __future__ import annotations

import msgspec

from lingxi.domain.naming import Names


def named(body: str, reason: str, names: Names) -> set[str]:
    """Those of the ids that what is held names: in its JSON, else in its text, or in why it is held."""
    try:
        found = names.in_record(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = names.in_text(body)
    return found | names.in_text(reason)
