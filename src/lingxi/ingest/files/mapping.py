"""What the columns of files mean: kept as a small TOML file that a person can read and change."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from lingxi.domain.errors import Invalid, Unknown

Sort = Literal["events", "items", "users"]
VERSION: Final = 1

EVENT_FIELDS: Final = (
    *("at", "clock", "kind", "user", "session", "item", "order", "quantity", "price", "list_price", "total", "id"),
    *("value", "currency", "query", "text", "position", "place", "channel", "request"),
)
"""`clock` is the time of day where it has a column of its own; `total` the sum of a line."""
ITEM_FIELDS: Final = ("id", "title", "title_zh", "category", "brand", "seller", "price", "list_price", "stock")
USER_FIELDS: Final = ("id", "name")
FIELDS: Final[dict[Sort, tuple[str, ...]]] = {"events": EVENT_FIELDS, "items": ITEM_FIELDS, "users": USER_FIELDS}
PREFIXES: Final[dict[Sort, tuple[str, ...]]] = {
    "events": ("context.", "item.", "user."),
    "items": ("attributes.",),
    "users": ("traits.",),
}
"""A field of these holds a column as it is: `context.browser`, the item's `item.title`, the user's trait
`user.country`."""
NEEDED: Final[dict[Sort, tuple[str, ...]]] = {"events": ("at",), "items": ("id",), "users": ("id",)}


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a file is written. `header` is the line of the column names (0: there is none), `first` the line where the
    rows begin."""

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: int = 1
    first: int = 2
    decimal: Literal[".", ","] = "."
    sheet: str = ""
    names: list[str] = field(default_factory=list)


class Times(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How times are written: formats as strptime has them, or unix_s, unix_ms, unix_us, unix_ns, excel; the first that
    reads a value wins. `zone` is that of times without one (IANA name)."""

    formats: list[str] = field(default_factory=list)
    zone: str = "UTC"


class Returns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a purchase a refund: a negative quantity, an order that begins with `prefix`."""

    negative: bool = True
    prefix: str = ""


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files with the same columns. `columns` says which column each field is read from, `kinds` what each value of the
    column `kind` is, `kind` what a line is without such a column. `sensitive` names traits that no model may use."""

    name: str
    sort: Sort
    form: Form
    columns: dict[str, str]
    fingerprint: str
    kind: str = "purchase"
    kinds: dict[str, str] = {}
    times: Times = Times()
    returns: Returns = Returns()
    sensitive: list[str] = field(default_factory=list)


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop's files, table by table."""

    version: int = VERSION
    tables: list[Table] = field(default_factory=list)

    def table(self, names: Sequence[str]) -> Table | None:
        """The table with these columns."""
        wanted = fingerprint(names)
        return next((each for each in self.tables if each.fingerprint == wanted), None)


def fingerprint(names: Sequence[str]) -> str:
    """Names the columns of a file, in order."""
    return hashlib.blake2b("\x1f".join(names).encode(), digest_size=6).hexdigest()


def read(path: Path) -> Mapping:
    """A mapping from its file.

    Raises:
        Unknown: there is no such file.
        Invalid: it is no mapping; the place and what was expected.
    """
    if not path.is_file():
        raise Unknown(f"there is no mapping '{path}'", where="--mapping", remedy="leave --mapping out to have it made")
    try:
        mapping = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Mapping)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"the mapping is no TOML: {error}", where=str(path), remedy=_AGAIN) from error
    except msgspec.ValidationError as error:
        raise Invalid(f"the mapping is wrong: {error}", where=str(path), remedy=_AGAIN) from error
    for table in mapping.tables:
        check(table, str(path))
    return mapping


_AGAIN: Final = "correct it, or delete it to have it made again"


def check(table: Table, where: str) -> None:
    """Looks whether a table can be read by its mapping.

    Raises:
        Invalid: a field that does not exist, a column that the file does not have, a field that is needed.
    """
    known = FIELDS[table.sort]
    for name, column in table.columns.items():
        if name not in known and not name.startswith(PREFIXES[table.sort]):
            what = f"table '{table.name}': there is no field '{name}'"
            raise Invalid(what, where=where, remedy=f"fields of {table.sort}: {', '.join(known)}")
        if column not in table.form.names:
            what = f"table '{table.name}': '{name}' is read from '{column}', and there is no such column"
            raise Invalid(what, where=where, remedy=f"the columns are: {', '.join(table.form.names[:40])}")
    missing = [name for name in NEEDED[table.sort] if name not in table.columns]
    if missing:
        raise Invalid(
            f"table '{table.name}': no column is '{missing[0]}'; {_WHY[missing[0]]}",
            where=where,
            remedy=f'write {missing[0]} = "…" under its columns; they are: {", ".join(table.form.names[:40])}',
        )


_WHY: Final = {"at": "an imported event needs the time when it happened", "id": "each needs an id of its own"}


def write(mapping: Mapping, path: Path) -> None:
    """Writes a mapping in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}")
    half.write_text(text(mapping), encoding="utf-8")
    half.replace(path)


def text(mapping: Mapping) -> str:
    """A mapping as TOML, with a word on each part."""
    parts = ["# What the columns of your files mean. Change it and import again; docs/import.md explains each line.\n"]
    parts.append(f"version = {mapping.version}\n")
    parts += [_table(each) for each in mapping.tables]
    return "\n".join(parts)


def _table(table: Table) -> str:
    """One table as TOML."""
    form, times, returns = table.form, table.times, table.returns
    top = {"name": table.name, "sort": table.sort, "fingerprint": table.fingerprint}
    if table.sort == "events":
        top["kind"] = table.kind
    if table.sensitive:
        top["sensitive"] = table.sensitive  # type: ignore[assignment]
    said = [f"[[tables]]  # {table.sort}", *_lines(top), "", "[tables.form]  # how the file is written"]
    said += [*_lines(msgspec.to_builtins(form)), "", "[tables.columns]  # field = column", *_lines(table.columns)]
    unused = [name for name in form.names if name not in table.columns.values()]
    said += [f"# not read: {', '.join(json.dumps(name, ensure_ascii=False) for name in unused)}"] if unused else []
    if table.kinds:
        said += ["", "[tables.kinds]  # value in the column = kind of event", *_lines(table.kinds)]
    if table.sort == "events":
        said += ["", "[tables.times]  # day %d, month %m, year %Y; the first format that fits", *_lines(_plain(times))]
        said += ["", "[tables.returns]  # what makes a purchase a refund", *_lines(_plain(returns))]
    return "\n".join(said) + "\n"


def _plain(struct: Struct) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(struct)
    return plain


def _lines(values: dict[str, object] | dict[str, str]) -> list[str]:
    """TOML lines; JSON's strings, numbers, booleans and arrays of them are TOML's too."""
    return [f"{_key(name)} = {_value(value)}" for name, value in values.items()]


def _key(name: str) -> str:
    return name if name.replace("_", "").isascii() and name.replace("_", "").isalnum() else _value(name)


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
