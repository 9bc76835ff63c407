"""Every setting, by section: its name, type, default, limits, and what it does. All else follows from here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from lingxi.nearest.plan import Wanted as Index
from lingxi.recommend.settings import Settings as Recommend


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
        float, _number("how long a slate may wait; from a twentieth of it on answers become cheaper", 5, 60_000)
    ] = 200.0
    waiting: Annotated[int, _number("requests for slates that may wait for their turn", 1, 100_000)] = 1_000
    ahead: Annotated[
        int, _number("users told of last whose first slate is made ahead in idle moments after a start", 0, 16_384)
    ] = 10_000


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
        str,
        Meta(description="where processes share shoppers: valkey://host:6379/0, over TLS valkeys://; empty: nowhere"),
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


class Models(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where models are kept."""

    store: Annotated[
        str, Meta(description="where trained models lie: s3://bucket/prefix; empty: in the shop's folder alone")
    ] = ""


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
    models: Models = Models()
    train: Train = Train()
    text: Text = Text()
    gate: Gate = Gate()
    index: Index = Index()
