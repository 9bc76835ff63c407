"""Whom something in quarantine names: nobody checked it, so an id may stand anywhere in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

OTHER_THINGS: Final = frozenset({"item", "kind", "quantity", "price", "list_price", "at", "position", "value"})
"""Fields of an event whose value is equal to a shopper's id by chance only."""
WORD: Final = re.compile(r"[^\s\"'`,;:=(){}\[\]<>|/\\]+")


def named(body: str, reason: str, ids: frozenset[str]) -> set[str]:
    """Those of the ids that what is held names: as a value of its JSON, else as a word of its text."""
    found = _words(reason, ids)
    try:
        record = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Torn or no JSON: words, and for ids that are no word of their own, any place.
        return found | _words(body, ids) | {each for each in ids if not WORD.fullmatch(each) and each in body}
    return found | {text for text in _values(record) if text in ids}


def _words(text: str, ids: frozenset[str]) -> set[str]:
    return {word for word in WORD.findall(text) if word in ids}


def _values(value: Any, field: str = "") -> Iterator[str]:
    """Every value, and every name of a field, as text."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _values(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, field)
    elif value is not None and field not in OTHER_THINGS:
        yield str(value)
