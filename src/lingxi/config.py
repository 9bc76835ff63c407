"""The settings: `<home>/lingxi.toml`, overruled by `LINGXI_<SECTION>_<NAME>` variables.

Each setting is described once, here; the file, the variables, `docs/configuration.md` and `lingxi init` follow.
"""

from __future__ import annotations

import os
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from lingxi import registry
from lingxi.domain.errors import Invalid, Unknown
from lingxi.nearest.plan import Wanted as Index
from lingxi.recommend.settings import Settings as Recommend

FILE: Final = "lingxi.toml"
PREFIX: Final = "LINGXI_"
HOME: Final = "LINGXI_HOME"
DEFAULT_HOME: Final = "home"
OTHERS: Final = {
    HOME: "the folder that holds everything (default: ./home)",
    "LINGXI_KEY": "the key that commands send to a server",
    "LINGXI_ENCODER_KEY": "the key for `text.encoder`, where that is a server",
    "LINGXI_TRACE": "1: an unexpected failure shows where it happened",
}
"""Variables that are no settings."""


def _number(doc: str, low: float | None = None, high: float | None = None) -> Meta:
    return Meta(description=doc, ge=low, le=high)


class Shop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shop."""

    timezone: Annotated[str, Meta(description="where the shop's days begin and end (IANA name)")] = "UTC"
    currency: Annotated[str, Meta(description="of prices sent without one (ISO 4217)", pattern="^[A-Z]{3}$")] = "USD"


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP server."""

    host: Annotated[str, Meta(description="address to listen on; beyond loopback a key must exist")] = "127.0.0.1"
    port: Annotated[int, _number("port to listen on; 0 takes a free one", 0, 65_535)] = 8000
    connections: Annotated[int, _number("most open connections; one more waits until another ends", 8, 1_000_000)] = (
        10_000
    )
    processes: Annotated[int, _number("how many processes share the port, each with the whole shop", 1, 64)] = 1
    body_bytes: Annotated[int, _number("largest body of a request, in bytes", 1_024, 1 << 28)] = 1 << 20
    records: Annotated[int, _number("most events, items or users in one call", 1, 100_000)] = 1_000
    depth: Annotated[int, _number("how deep JSON in a body may be nested", 2, 64)] = 8
    drain_seconds: Annotated[float, _number("time that open requests get after SIGTERM", 0, 60)] = 5.0


class Serving(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens when more ask than can be answered (docs/operations.md)."""

    deadline_ms: Annotated[
        float, _number("how long a slate may wait; from a fifth of it on answers become cheaper", 5, 60_000)
    ] = 200.0
    waiting: Annotated[int, _number("requests for slates that may wait for their turn", 1, 100_000)] = 1_000


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How events reach the disk."""

    group: Annotated[int, _number("most changes that share one transaction and fsync", 1, 10_000)] = 1_000
    waiting: Annotated[int, _number("changes that may wait for the disk before more are refused", 1, 10_000_000)] = (
        50_000
    )
    poll_ms: Annotated[int, _number("how often other processes' changes are looked for", 10, 1_000)] = 100


class Logs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server tells of itself (docs/operations.md)."""

    json: Annotated[bool, Meta(description="a JSON object a line, for programs, in place of text")] = False
    requests: Annotated[bool, Meta(description="a line for every request, and not only for those that fail inside")] = (
        False
    )
    traces: Annotated[bool, Meta(description="send OpenTelemetry traces; so does OTEL_EXPORTER_OTLP_ENDPOINT")] = False


class State(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The live state."""

    checkpoint_changes: Annotated[int, _number("save a checkpoint after so many changes", 1_000)] = 500_000
    checkpoint_minutes: Annotated[float, _number("and after so many minutes, if anything changed", 0.1)] = 15.0
    shoppers: Annotated[
        str, Meta(description="where processes share what they know of shoppers: valkey://host:6379/0; empty: nowhere")
    ] = ""


class Slates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of the answers."""

    retention_days: Annotated[int, _number("days that slates are kept", 1, 3_650)] = 30
    records: Annotated[int, _number("newest slates whose full account stays in memory", 0, 1_000_000)] = 2_000


class Cleaning(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What follows from the doubts of the cleaning."""

    leave_out: Annotated[
        tuple[str, ...], Meta(description="marks whose events training and live state leave out; they stay stored")
    ] = ("double_click", "robot", "test_order")


class Retention(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long what is kept is kept; once a day the server deletes what is older. 0 keeps for ever."""

    quarantine_days: Annotated[int, _number("days that what was not stored is kept; 0: for ever", 0, 36_500)] = 90
    guests_days: Annotated[int, _number("forget a session after so many days without an act; 0: never", 0, 36_500)] = 0
    users_days: Annotated[int, _number("forget a user after so many days without an act; 0: never", 0, 36_500)] = 0
    bundles: Annotated[int, _number("newest models that are kept, beside those that were live last; 0: all", 0)] = 20


class Train(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How `lingxi train` works."""

    model: Annotated[str, Meta(description="the model to train (a file in lingxi/models)")] = "sequence"
    minutes: Annotated[float, _number("time that a whole run may take", 0.05, 100_000)] = 10.0
    threads: Annotated[int, _number("CPU threads; 0 takes all", 0, 1_024)] = 0
    nice: Annotated[int, _number("how far training stands back behind the server (POSIX niceness)", 0, 19)] = 10
    executor: Annotated[
        str, Meta(description="who does what can be done side by side (a file in lingxi/backends/executors)")
    ] = "process"
    workers: Annotated[int, _number("how many tasks side by side", 1, 1_024)] = 1
    holdout_days: Annotated[int, _number("days on which champion and challenger are compared", 1, 365)] = 14
    ranker: Annotated[
        str,
        Meta(
            description="what orders the candidates of home: auto (what is surely better), blend, none, or a file in "
            "lingxi/rankers"
        ),
    ] = "auto"
    seed: Annotated[int, _number("of every random choice", 0, 2**31 - 1)] = 0


class Text(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is made of items' texts."""

    encoder: Annotated[
        str,
        Meta(
            description="what makes vectors of texts: auto, none, use, minilm, the path of a model's folder, or "
            "http(s)://host/v1?model=NAME"
        ),
    ] = "auto"


class Gate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a challenger may go live."""

    lower: Annotated[float, _number("least lower bound of the paired 95 % interval", -1, 1)] = -0.002
    estimate: Annotated[float, _number("least estimated difference", -1, 1)] = 0.0


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings, by section."""

    shop: Shop = Shop()
    server: Server = Server()
    serving: Serving = Serving()
    log: Log = Log()
    logs: Logs = Logs()
    state: State = State()
    slates: Slates = Slates()
    cleaning: Cleaning = Cleaning()
    retention: Retention = Retention()
    recommend: Recommend = Recommend()
    train: Train = Train()
    text: Text = Text()
    gate: Gate = Gate()
    index: Index = Index()


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
