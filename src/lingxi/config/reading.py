"""Reads the settings: `<home>/lingxi.toml`, overruled by `LINGXI_<SECTION>_<NAME>` variables."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from lingxi import registry
from lingxi.config.rows import PREFIX, table
from lingxi.config.sections import Cleaning, Settings
from lingxi.domain.errors import Invalid, Unknown

FILE: Final = "lingxi.toml"
HOME: Final = "LINGXI_HOME"
DEFAULT_HOME: Final = "home"
OTHERS: Final = {
    HOME: "the folder that holds everything (default: ./home)",
    "LINGXI_KEY": "the key that commands send to a server",
    "LINGXI_ENCODER_KEY": "the key for `text.encoder`, where that is a server",
    "LINGXI_TRACE": "1: an unexpected failure shows where it happened",
}
"""Variables that are no settings."""


def home_of(given: Path | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """The folder that holds everything of an installation: as given, else LINGXI_HOME, else `./home`."""
    variables = os.environ if environment is None else environment
    return (given or Path(variables.get(HOME) or DEFAULT_HOME)).expanduser().absolute()


def load(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a home: its file, overruled by the environment.

    Raises:
        Invalid: the file does not parse, a value is impossible, or a name is no setting (the nearest are named).
    """
    file = home / FILE
    values = _from_file(file)
    known = {(row.section, row.name): row.type for row in table()}
    for section, name, text, place in _from_environment(os.environ if environment is None else environment):
        value = _read(known[section, name], text, place)
        values.setdefault(section, {})[name] = value
        _marks(_convert({section: {name: value}}, place), place)
    return _marks(_convert(values, str(file)), str(file))


def _read(kind: str, text: str, place: str) -> Any:
    """A value as a variable gives it: a list as names between commas, tables as JSON.

    Raises:
        Invalid: it is no JSON.
    """
    if kind.startswith("list"):
        return [each.strip() for each in text.split(",") if each.strip()]
    if kind == "tables":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            remedy = 'write it as JSON, such as {"home": {"diversity": 0.1}}'
            raise Invalid(f"the tables do not parse: {error}", where=place, remedy=remedy) from None
    return text


def _marks(settings: Settings, where: str) -> Settings:
    """The settings, if every mark that is to be left out is one.

    Raises:
        Invalid: there is no such mark; the nearest are named.
    """
    wanted = set(settings.cleaning.leave_out).difference(Cleaning().leave_out)
    if wanted:
        from lingxi.ingest import clean

        for name in sorted(wanted):
            _known("mark in cleaning.leave_out", name, [mark for mark, _ in clean.rules("mark")], where)
    return settings


def overruled(settings: Settings, section: str, given: Mapping[str, Any]) -> Settings:
    """The settings with what a command was given for a section; None stands for what was not given.

    Raises:
        Invalid: a value is impossible.
    """
    values: dict[str, Any] = msgspec.to_builtins(settings)
    values[section] |= {name: value for name, value in given.items() if value is not None}
    return _convert(values, "options")


def _from_file(file: Path) -> dict[str, dict[str, Any]]:
    """What the file says; nothing where there is none."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"the settings do not parse: {error}", where=str(file), remedy="correct that line") from None
    except OSError as error:
        raise Invalid(f"the settings cannot be read: {error.strerror}", where=str(file), remedy="check it") from None
    for section, inner in values.items():
        _known("section of the settings", section, _sections(), str(file))
        if not isinstance(inner, dict):
            raise Invalid(f"'{section}' is a section", where=str(file), remedy=f"write [{section}] above its settings")
        for name in inner:
            _known(f"setting in [{section}]", name, _names(section), str(file))
    return values


def _from_environment(variables: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """The settings that variables give, as (section, name, text, variable)."""
    known = {row.variable: row for row in table()}
    for variable, text in variables.items():
        if not variable.startswith(PREFIX) or variable in OTHERS:
            continue
        _known("setting", variable, [*known, *OTHERS], "environment")
        yield known[variable].section, known[variable].name, text, variable


def _known(what: str, name: str, options: list[str], where: str) -> None:
    try:
        registry.choose(what, name, options)
    except Unknown as error:
        raise Invalid(error.what, where=where, remedy=error.remedy) from None


def _sections() -> list[str]:
    return [field.name for field in msgspec.structs.fields(Settings)]


def _names(section: str) -> list[str]:
    return [row.name for row in table() if row.section == section]


def _convert(values: Mapping[str, Any], where: str) -> Settings:
    """The settings that these values make."""
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        name = path.rstrip("`") or "the settings"
        raise Invalid(
            f"{name}: {what[:1].lower()}{what[1:]}", where=where, remedy="see docs/configuration.md"
        ) from None
