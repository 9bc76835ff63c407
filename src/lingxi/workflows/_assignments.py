"""Fields that are set in what is held, as a command gives them: `field=value`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from lingxi.domain.errors import Invalid
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.user import User
from lingxi.ingest.accept import plain
from lingxi.ports.quarantine import Sort

TOTAL: Final = "total"
"""A line's sum: no field of an event, but the cleaning takes it."""
MAPS: Final = frozenset(("context", "attributes", "traits"))
Record = dict[str, Any]


def _types(of: type[msgspec.Struct]) -> dict[str, Any]:
    return {each.name: each.type for each in msgspec.structs.fields(of) if each.name not in MAPS}


TYPES: Final[dict[Sort, dict[str, Any]]] = {
    "event": _types(Event) | {TOTAL: float},
    "item": _types(Item),
    "user": _types(User),
    "item_delta": {name: kind for name, kind in _types(Item).items() if name != "kind"},
    "user_delta": _types(User),
}
"""The fields of each sort that can be set, with their types."""


def assignments(texts: Sequence[str]) -> Record:
    """`field=value` texts as fields with values of their types; nothing behind the sign takes the field away (None).

    Raises:
        Invalid: a text is no assignment, or an event has no such field, or it does not take the value.
    """
    return dict(_assignment(each) for each in texts)


def _assignment(given: str) -> tuple[str, Any]:
    name, sign, value = given.partition("=")
    name = name.strip()
    types = [TYPES[of][name] for of in TYPES if name in TYPES[of]]
    if not sign or not types:
        what = f"'{given[:80]}' sets nothing"
        settable = ", ".join(sorted({each for of in TYPES.values() for each in of}))
        raise Invalid(what, where="--set", remedy=f"write field=value with a field of {settable}")
    if not value:
        return name, None
    if name == "at" and not value.isdigit():
        return name, value  # the cleaning reads times that are written out
    for number, kind in enumerate(types, 1):
        try:
            return name, msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError as error:
            if number == len(types):
                remedy = f"give another value than '{value[:40]}'"
                raise Invalid(f"{name}: {plain(error)}", where="--set", remedy=remedy) from None
    raise AssertionError(name)
