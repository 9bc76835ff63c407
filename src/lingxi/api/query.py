"""Query parameters as a Struct."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from msgspec import Struct

from lingxi.domain.errors import Invalid
from lingxi.ingest.misfit import misfit, no_such

HIDDEN: Final = "surface"
"""The field that the path gives."""

Asked = TypeVar("Asked", bound=Struct)


def read(request: Request[Any, Any, Any], of: type[Asked], many: Mapping[str, str] | None = None) -> Asked:
    """The parameters of a request; see `parse`."""
    return parse(request.scope["query_string"], of, many)


def parse(text: bytes, of: type[Asked], many: Mapping[str, str] | None = None) -> Asked:
    """The parameters that a query string says.

    `many` maps parameters that may be repeated to the field that takes them all.

    Raises:
        Invalid: a parameter that does not exist (the nearest are named), is there twice, or has an impossible value.
    """
    values: dict[str, Any] = {}
    many = many or {}
    for name, value in _pairs(text):
        if name in many:
            values.setdefault(many[name], []).append(value)
        elif name in values:
            raise Invalid(f"'{name[:80]}' is given twice", where=name[:80], remedy="give it once")
        elif value != "":
            values[name] = value
    return convert(values, of, many)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    """What a query string says: text in UTF-8 without the character U+0000, as in every body."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise Invalid("the query is not UTF-8", where="query", remedy="percent-encode each value as UTF-8") from None
    except ValueError as error:
        raise Invalid(f"the query cannot be read: {error}", where="query", remedy="see /docs") from None
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise Invalid("the query holds the character U+0000", where=name.replace("\0", ""), remedy="leave it out")
    return pairs


def convert(values: Mapping[str, Any], of: type[Asked], many: Mapping[str, str]) -> Asked:
    """The Struct that these texts make; raises as `read` does."""
    known = tuple(field for field in of.__struct_fields__ if field != HIDDEN)
    for name in values:
        if name not in known:
            raise no_such("parameter", name, (*known, *many))
    try:
        found = msgspec.convert(values, of, strict=False)
    except msgspec.ValidationError as error:
        raise misfit(error, of, place="query") from None
    for name in values:
        value = getattr(found, name)
        if isinstance(value, float) and not math.isfinite(value):
            raise Invalid(f"{name}: expected a number, got {value}", where=name, remedy="leave it out instead")
    return found
