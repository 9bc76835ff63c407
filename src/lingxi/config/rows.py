"""The settings as they are documented: a row each, and the file that `lingxi init` writes."""

from __future__ import annotations

import types
import typing
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from lingxi.config.sections import Settings

PREFIX: Final = "LINGXI_"
"""With which the variable of every setting begins."""


class Row(Struct, frozen=True):
    """One setting as it is documented: `section.name` in the file, `variable` in the environment."""

    section: str
    name: str
    variable: str
    type: str
    default: Any
    limits: str
    doc: str


def table() -> list[Row]:
    """Every setting, in the order of the file."""
    return [_row(section, field) for section in msgspec.structs.fields(Settings) for field in _fields(section.type)]


def _fields(section: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(section)


def _row(section: msgspec.structs.FieldInfo, field: msgspec.structs.FieldInfo) -> Row:
    kind, meta = _described(field.type)
    return Row(
        section=section.name,
        name=field.name,
        variable=f"{PREFIX}{section.name}_{field.name}".upper(),
        type=" or ".join(_plain(each) for each in _options(kind)),
        default=_default(field),
        limits=_limits(meta),
        doc=(meta.description or "") if meta else "",
    )


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """What holds without the setting, as the file would say it."""
    if field.default is msgspec.NODEFAULT:
        return field.default_factory()
    return list(field.default) if isinstance(field.default, tuple) else field.default


def _described(kind: Any) -> tuple[Any, Meta | None]:
    """The bare type of an annotation, and what is said of it."""
    if typing.get_origin(kind) is not Annotated:
        return kind, None
    bare, *said = typing.get_args(kind)
    return bare, next((each for each in said if isinstance(each, Meta)), None)


def _options(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)


def _plain(kind: Any) -> str:
    if typing.get_origin(kind) is dict:
        return "tables"
    return {str: "text", int: "integer", float: "number", bool: "true or false", tuple[str, ...]: "list of texts"}.get(
        kind, str(kind)
    )


def _limits(meta: Meta | None) -> str:
    low, high = (meta.ge, meta.le) if meta else (None, None)
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    return f"at least {low:,}" if low is not None else f"at most {high:,}" if high is not None else ""


def template() -> str:
    """A `lingxi.toml` with every setting, its default commented out."""
    lines = ["# Settings of Lingxi; each can be overruled by its LINGXI_ variable. Shown are the defaults."]
    section = None
    for row in table():
        if row.section != section:
            section = row.section
            lines += ["", f"[{section}]"]
        said = f"{row.doc} ({row.limits})" if row.limits else row.doc
        lines += [f"# {said}", f"# {row.name} = {msgspec.json.encode(row.default).decode()}"]
    return "\n".join(lines) + "\n"
