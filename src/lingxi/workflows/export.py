"""The whole log of a shop as Parquet, and back: what was exported leads to an equal state."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from lingxi.domain.change import Alias, Change, Entry, Proposal
from lingxi.domain.errors import Incompatible, Invalid, Unavailable, Unknown
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.merchandising import RuleSet
from lingxi.domain.user import User
from lingxi.ports.catalog import Catalog
from lingxi.ports.log import Log
from lingxi.ports.model import Watch

FORMAT: Final = 1
MANIFEST: Final = "export.json"
CHANGES, ITEMS, USERS = "changes.parquet", "items.parquet", "users.parquet"
PROGRESS: Final = "import-log.json"
AT_ONCE: Final = 20_000
APPENDED_AT_ONCE: Final = 1_000
TIME: Final = pa.timestamp("us", tz="UTC")
ENTRIES: Final[dict[str, type[Any]]] = {"item": Item, "user": User, "alias": Alias, "ruleset": RuleSet}
TEXTS: Final = ("user", "session", "item", "kind", "order", "currency", "query", "text", "place", "channel", "request")
NUMBERS: Final = ("quantity", "price", "list_price", "value")
SCHEMA: Final = pa.schema(
    [
        *(("seq", pa.int64()), ("type", pa.string()), ("received", TIME), ("id", pa.string()), ("at", TIME)),
        *((name, pa.string()) for name in TEXTS),
        *((name, pa.float64()) for name in NUMBERS),
        *(("position", pa.int64()), ("context", pa.string())),
        *(("marks", pa.string()), ("repairs", pa.string()), ("original", pa.string()), ("entry", pa.string())),
    ]
)
"""One row a change. An event has its fields as columns (`context` as JSON); of another entry `entry` is the JSON."""


class Ledger(Log, Catalog, Protocol):
    """A log that keeps the catalog."""


class Export(Struct, frozen=True, kw_only=True):
    """What an export says of itself. `made` is µs UTC; `erased` changes have a seq and no row."""

    format: int
    shop: str
    made: int
    version: str
    seq: int
    changes: int
    erased: int
    items: int
    users: int


class Imported(Struct, kw_only=True):
    """How far an import of an export is; `seq` is that of the export."""

    made: int
    shop: str
    seq: int = 0
    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    releases: int = 0


def export(log: Ledger, folder: Path, shop: str, now: int, version: str, watch: Watch) -> Export:
    """Writes changes, items and users of a shop, up to the log's end as it is now, into a new folder.

    Raises:
        Invalid: something is there already.
        Unavailable: the disk has no room.
    """
    if folder.exists():
        raise Invalid("there is something already", where=str(folder), remedy="name a new folder")
    staged = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        end = log.head()
        rows, erased = _write_changes(log, staged / CHANGES, end, watch)
        items = _write_records(staged / ITEMS, (item for _, item in log.all_items()), Item)
        users = _write_records(staged / USERS, _users(log), User)
        about = Export(
            format=FORMAT,
            shop=shop,
            made=now,
            version=version,
            seq=end,
            changes=rows,
            erased=erased,
            items=items,
            users=users,
        )
        (staged / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1))
        staged.rename(folder)
    except OSError as error:
        what = f"the export cannot be written: {error.strerror or error}"
        raise Unavailable(what, where=str(folder), remedy="free some space, or name another folder") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return about


def _write_changes(log: Ledger, file: Path, end: int, watch: Watch) -> tuple[int, int]:
    rows = erased = after = 0
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        while after < end:
            part = list(log.changes(after, min(AT_ONCE, end - after)))
            if not part:
                break
            kept = [_row(each) for each in part if each.entry is not None]
            writer.write_table(pa.Table.from_pylist(kept, SCHEMA))
            rows, erased, after = rows + len(kept), erased + len(part) - len(kept), part[-1].seq
            watch("changes", after / end)
    return rows, erased


def _row(change: Change) -> dict[str, Any]:
    entry = change.entry
    row = {"seq": change.seq, "type": type(entry).__name__.lower(), "received": change.received}
    if not isinstance(entry, Event):
        return row | {"entry": msgspec.json.encode(entry).decode()}
    fields = {name: value for name, value in msgspec.structs.asdict(entry).items() if value is not None}
    if entry.context is not None:
        fields["context"] = msgspec.json.encode(entry.context).decode()
    about = {"marks": ",".join(change.marks) or None, "repairs": ",".join(change.repairs) or None}
    return row | fields | about | {"original": change.original}


def _write_records(file: Path, records: Iterator[Any], kind: type[Any]) -> int:
    """The newest versions, for people and their tools; what is nested stands as JSON."""
    rows = [{name: _flat(value) for name, value in msgspec.structs.asdict(each).items()} for each in records]
    names = [field.name for field in msgspec.structs.fields(kind)]
    columns = {name: pa.array([row[name] for row in rows]) for name in names}
    pq.write_table(pa.table(columns), file, compression="zstd")
    return len(rows)


def _flat(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else msgspec.json.encode(value).decode()


def _users(log: Ledger) -> Iterator[User]:
    ids = [each[2:] for each in log.shopper_ids() if each.startswith("u:")]
    for start in range(0, len(ids), APPENDED_AT_ONCE):
        yield from log.users(ids[start : start + APPENDED_AT_ONCE]).values()


def import_log(folder: Path, log: Ledger, shop: Path, watch: Watch) -> Imported:
    """Appends an export to an empty shop (whose folder is `shop`); interrupted, it goes on where it was.

    Releases of models are passed over: an export has no bundles.

    Raises:
        Unknown: there is no export in the folder.
        Invalid: the shop holds something else.
        Incompatible: the export is of another format, or a file of it is damaged.
    """
    about = _read_manifest(folder)
    progress = _begun(shop / PROGRESS, about, log)
    try:
        with pq.ParquetFile(folder / CHANGES) as file:
            for batch in file.iter_batches(APPENDED_AT_ONCE):
                rows = [row for row in _cast(batch).to_pylist() if row["seq"] > progress.seq]
                if rows:
                    _append(rows, log, progress)
                    _keep(shop / PROGRESS, progress)
                    watch("changes", progress.seq / max(1, about.seq))
    except (pa.ArrowException, OSError, msgspec.MsgspecError, KeyError) as error:
        what = f"the export cannot be read: {error}"
        raise Incompatible(what, where=str(folder / CHANGES), remedy="export again") from error
    return progress


def _cast(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Times as whole microseconds."""
    fields = [pa.field(f.name, pa.int64()) if f.type == TIME else f for f in batch.schema]
    return batch.cast(pa.schema(fields))


def _append(rows: list[dict[str, Any]], log: Ledger, progress: Imported) -> None:
    proposals = [Proposal(entry, row["received"], *_about(row)) for row in rows if (entry := _entry(row, progress))]
    for each in log.append(proposals):
        setattr(progress, each.outcome, getattr(progress, each.outcome) + 1)
    progress.seq = rows[-1]["seq"]


def _entry(row: Mapping[str, Any], progress: Imported) -> Entry | None:
    if row["type"] == "event":
        fields = {name: row[name] for name in Event.__struct_fields__ if row[name] is not None}
        if "context" in fields:
            fields["context"] = msgspec.json.decode(fields["context"])
        return msgspec.convert(fields, Event)
    if row["type"] in ("release", "erasure"):
        progress.releases += row["type"] == "release"
        return None
    entry: Entry = msgspec.json.decode(row["entry"], type=ENTRIES[row["type"]])
    # A version is a seq, and this log counts for itself.
    return msgspec.structs.replace(entry, back_to=None) if isinstance(entry, RuleSet) else entry


def _about(row: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    marks, repairs = (tuple((row[name] or "").split(",")) if row[name] else () for name in ("marks", "repairs"))
    return marks, repairs, row["original"]


def _read_manifest(folder: Path) -> Export:
    try:
        about = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Export)
    except OSError as error:
        raise Unknown("there is no export", where=str(folder), remedy="make one with `lingxi export`") from error
    except msgspec.DecodeError as error:
        raise Incompatible(f"{MANIFEST} does not parse: {error}", where=str(folder), remedy="export again") from error
    if about.format != FORMAT:
        what = f"the export has format {about.format}, this Lingxi reads {FORMAT}"
        raise Incompatible(what, where=str(folder), remedy="upgrade Lingxi")
    return about


def _begun(file: Path, about: Export, log: Log) -> Imported:
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Imported)
    except (OSError, msgspec.DecodeError):
        found = None
    if found is not None and (found.made, found.shop) == (about.made, about.shop):
        return found
    if log.head():
        what = f"the shop holds {log.head():,} changes of its own"
        raise Invalid(what, where=str(file.parent), remedy="import into an empty one: --shop NAME or another --home")
    return Imported(made=about.made, shop=about.shop)


def _keep(file: Path, progress: Imported) -> None:
    half = file.with_name(f".{file.name}.half")
    half.write_bytes(msgspec.json.encode(progress))
    half.replace(file)
