"""Query parameters as a Struct."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from msgspec import Struct

from lingxi import registry
from lingxi.domain.errors import Invalid, Unknown
from lingxi.ingest.accept import plain

HIDDEN: Final = "surface"
"""The field that the path gives."""

Asked = TypeVar("Asked", bound=Struct)


def read(request: Request[Any, Any, Any], of: type[Asked], many: Mapping[str, str] | None = None) -> Asked:
    """The parameters of a request.

    `many` maps parameters that may be repeated to the field that takes them all.

    Raises:
        Invalid: a parameter that does not exist (the nearest are named) or with an impossible value.
    """
    values: dict[str, Any] = {}
    many = many or {}
    for name, value in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name in many:
            values.setdefault(many[name], []).append(value)
        elif value != "":
            values[name] = value
    return convert(values, of, many)


def convert(values: Mapping[str, Any], of: type[Asked], many: Mapping[str, str]) -> Asked:
    """The Struct that these texts make; raises as `read` does."""
    known = [field for field in of.__struct_fields__ if field != HIDDEN]
    for name in values:
        if name not in known:
            _unknown(name, [*known, *many])
    try:
        return msgspec.convert(values, of, strict=False)
    except msgspec.ValidationError as error:
        said = plain(error)
        name = said.partition(":")[0]
        raise Invalid(said, where=name, remedy="see /docs") from None


def _unknown(name: str, known: list[str]) -> None:
    try:
        registry.choose("parameter", name, known)
    except Unknown as error:
        raise Invalid(error.what, where="query", remedy=error.remedy) from None
