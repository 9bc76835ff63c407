"""What does not fit a type, as an error that names the field, the place and the nearest names that exist."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Struct

from lingxi import registry
from lingxi.domain.errors import Invalid, Unknown
from lingxi.ingest.accept import plain

_UNKNOWN_FIELD: Final = re.compile(r"unknown field `(.*?)`")


def misfit(error: msgspec.ValidationError, of: type[Struct], *, place: str, remedy: str = "see /docs") -> Invalid:
    """The error of a value that is no `of`; `place` stands where no single field is at fault."""
    if unknown := _UNKNOWN_FIELD.search(str(error)):
        return no_such("field", unknown.group(1), of.__struct_fields__)
    said = plain(error)
    field, colon, _ = said.partition(":")
    return Invalid(said, where=field if colon else place, remedy=remedy)


def no_such(what: str, name: str, known: tuple[str, ...]) -> Invalid:
    """The error of a `what` that is called otherwise, with the nearest that exist."""
    try:
        registry.choose(what, name, known)
    except Unknown as error:
        return Invalid(error.what, where=name[:80], remedy=error.remedy)
    return Invalid(f"{what} '{name[:80]}' is not possible here", where=name[:80], remedy="leave it out")
