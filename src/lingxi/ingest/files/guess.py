"""What a file's columns are, guessed by their names and by what is in them; a person looks the guess over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from lingxi.ingest.files import times, words
from lingxi.ingest.files.mapping import FIELDS, Form, Returns, Sort, Table, Times, fingerprint
from lingxi.ingest.files.profile import Profile, profile
from lingxi.ingest.files.tables._table import LINE

_NUMBERS: Final = frozenset(("quantity", "price", "list_price", "total", "value", "stock", "position"))
_WORDS: Final = frozenset(("item.title", "title", "title_zh", "text", "name"))
_SENSITIVE: Final = re.compile(
    r"age|gender|sex|income|marital|birth|religio|ethnic|health|family|child|kids|geschlecht|alter|einkommen|edad|"
    r"sexo|性别|年龄|生日|收入|婚"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess: the table, what a person should know of it, and the formats between which its times leave it open
    whether the day or the month comes first."""

    table: Table
    notes: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def guess(stem: str, form: Form, frame: pl.DataFrame, zone: str) -> Guess:
    """What the file `stem` holds, by its first rows; times without a zone are taken in `zone`."""
    profiles = {name: profile(frame[name]) for name in form.names}
    notes: list[str] = []
    columns = {sort: _assign(sort, profiles) for sort in FIELDS}
    sort = _sort(stem, columns, profiles)
    chosen = columns[sort]
    if sort == "events" and form.header == 0 and form.format == "csv":
        notes += _by_place(chosen, profiles)
    if sort != "events":
        return Guess(_record_table(stem, sort, form, chosen, profiles), notes)
    made, left = _times(chosen, profiles, zone)
    kinds = _kinds(chosen, profiles)
    table = Table(
        name=stem,
        sort=sort,
        form=form,
        columns=_ordered(sort, chosen),
        fingerprint=fingerprint(form.names),
        kind=_kind(stem, chosen),
        kinds=kinds,
        times=made,
        returns=_returns(chosen, frame, form),
    )
    return Guess(table, notes + _told(table, profiles), left)


def _record_table(stem: str, sort: Sort, form: Form, chosen: dict[str, str], profiles: Mapping[str, Profile]) -> Table:
    """A table of items or users: what has no field of its own is an attribute or a trait."""
    prefix = "attributes." if sort == "items" else "traits."
    rest = [name for name in form.names if name not in chosen.values() and profiles[name].short]
    for name in rest[:64]:
        chosen[f"{prefix}{name[:100]}"] = name
    sensitive = [name for name in rest if sort == "users" and _SENSITIVE.search(name.lower())]
    return Table(
        name=stem,
        sort=sort,
        form=form,
        columns=_ordered(sort, chosen),
        fingerprint=fingerprint(form.names),
        sensitive=sensitive,
    )


def _ordered(sort: Sort, chosen: Mapping[str, str]) -> dict[str, str]:
    """The fields in their usual order."""
    own = [name for name in FIELDS[sort] if name in chosen]
    return {name: chosen[name] for name in [*own, *(each for each in chosen if each not in own)]}


def _assign(sort: Sort, profiles: Mapping[str, Profile]) -> dict[str, str]:
    """The likeliest column for each field, each column once."""
    ranked = sorted(_scores(sort, profiles), key=lambda each: (-each[0], each[3]))
    chosen: dict[str, str] = {}
    for _, name, column, _ in ranked:
        if name not in chosen and column not in chosen.values():
            chosen[name] = column
    return chosen


def _scores(sort: Sort, profiles: Mapping[str, Profile]) -> Iterator[tuple[float, str, str, int]]:
    """(how likely, field, column, place) wherever the values allow it."""
    for place, (column, seen) in enumerate(profiles.items()):
        named = words.fields(sort, column)
        if sort == "events":
            by_value = 0.35 if seen.formats else 0.2 if seen.unit and seen.unit != times.EXCEL else 0.0
            if by_value and not named:
                named = {"at": by_value}
            if seen.kinds >= 0.8:
                named = {"kind": max(0.6, named.get("kind", 0.0)), **named}
            if seen.clock >= 0.9:
                named = {"clock": 0.9}
        for name, score in named.items():
            if _fits(sort, name, seen):
                yield score, name, column, place


def _fits(sort: Sort, name: str, seen: Profile) -> bool:
    """Whether a column's values may be such a field."""
    if seen.nested or seen.filled == 0:
        return False
    if name == "at":
        return bool(seen.formats or seen.unit)
    if name in _NUMBERS:
        return seen.numbers >= 0.9 and not seen.formats
    if name == "kind":
        return seen.kinds >= 0.5
    if name == "id" and sort == "events":
        return seen.distinct >= 0.999
    if name == "id":
        return seen.distinct >= 0.5
    if name == "currency":
        return seen.currency >= 0.9
    if name == "clock":
        return seen.clock >= 0.9
    if name in _WORDS:
        return seen.numbers < 0.5
    return not (seen.formats and seen.numbers < 0.9)


def _sort(stem: str, columns: Mapping[Sort, dict[str, str]], profiles: Mapping[str, Profile]) -> Sort:
    """Whether the file holds events, items or users."""
    events, items, users = (columns[sort] for sort in ("events", "items", "users"))
    told = words.sort_of_file(stem)
    acted = "at" in events and bool({"user", "session", "order"} & set(events))
    if acted and ("item" in events or "query" in events):
        return "events"
    described = "id" in items and len(set(items) & {"title", "title_zh", "category", "brand", "price", "stock"}) > 0
    if "id" in items and described and "user" not in events:
        return "items"
    if "id" in users and "item" not in events and profiles[users["id"]].distinct >= 0.95:
        return "items" if told == "items" and "id" in items else "users"
    return "items" if told == "items" and "id" in items else "events"


def _by_place(chosen: dict[str, str], profiles: Mapping[str, Profile]) -> list[str]:
    """Without names, the first two columns of ids are the shopper and the item."""
    ids = [
        name
        for name, seen in profiles.items()
        if name not in chosen.values() and not seen.nested and seen.filled > 0.5 and seen.distinct > 0.001
    ]
    for name, column in zip(("user", "item"), ids, strict=False):
        chosen.setdefault(name, column)
    return ["the file names no columns: the first two of ids are taken as user and item; look at them closely"]


def _times(chosen: Mapping[str, str], profiles: Mapping[str, Profile], zone: str) -> tuple[Times, list[str]]:
    """How the column of times is written, and the formats between which it is open."""
    if "at" not in chosen:
        return Times(zone=zone), []
    seen = profiles[chosen["at"]]
    if seen.unit:
        return Times(formats=[seen.unit], zone=zone), []
    formats = [] if seen.typed else list(seen.formats)
    if "clock" in chosen:
        clocks = profiles[chosen["clock"]].clocks
        formats = [f"{day} {clock}" for day in formats for clock in clocks]
    return Times(formats=formats, zone=zone), list(seen.open)


def _kind(stem: str, chosen: Mapping[str, str]) -> str:
    """The kind of a line that does not say it."""
    if (kind := words.kind_of_file(stem)) is not None:
        return kind
    if "value" in chosen:
        return "review" if "text" in chosen else "rate"
    if {"quantity", "price", "total", "order"} & set(chosen):
        return "purchase"
    return "search" if "query" in chosen and "item" not in chosen else "view"


def _kinds(chosen: Mapping[str, str], profiles: Mapping[str, Profile]) -> dict[str, str]:
    """What each value of the column of kinds means."""
    if "kind" not in chosen:
        return {}
    found = {value: words.kind_of(value) for value in profiles[chosen["kind"]].values}
    return {value: kind for value, kind in found.items() if kind is not None and kind != value}


def _returns(chosen: Mapping[str, str], frame: pl.DataFrame, form: Form) -> Returns:
    """The letter before the orders that take back, where there is one."""
    if not {"order", "quantity"} <= set(chosen):
        return Returns()
    from lingxi.ingest.files.numbers import numbers

    quantity = numbers(frame[chosen["quantity"]], form.decimal)
    orders = frame[chosen["order"]].cast(pl.String).str.strip_chars()
    seen = pl.DataFrame({"letter": orders.str.extract(r"^([A-Za-z]+)[-_ ]?\d+$"), "back": quantity < 0})
    counts = seen.drop_nulls().group_by("letter").agg(pl.len().alias("n"), pl.col("back").mean()).sort("letter")
    few = seen["letter"].null_count() > len(seen) / 2
    for letter, n, back in counts.iter_rows():
        if few and n >= 3 and back >= 0.9:
            return Returns(prefix=letter)
    return Returns()


def _told(table: Table, profiles: Mapping[str, Profile]) -> list[str]:
    """What a person should know of the guess."""
    notes: list[str] = []
    columns = table.columns
    local = table.times.formats and not any(
        each.endswith(("Z", "%z", "UTC")) or each in times.UNITS for each in table.times.formats
    )
    if local or (columns.get("at") in profiles and profiles[columns["at"]].naive):
        notes.append(f"times without a zone are taken in {table.times.zone}")
    if "user" in columns and "session" not in columns and "order" in columns:
        empty = 1 - profiles[columns["user"]].filled
        if empty > 0:
            notes.append(f"{empty:.0%} of the lines have no user: their order is taken as a session")
    if table.returns.prefix:
        notes.append(f"orders that begin with {table.returns.prefix} take back: they become refunds")
    unknown = profiles[columns["kind"]].values if "kind" in columns else ()
    strange = [value for value in unknown if words.kind_of(value) is None]
    if strange:
        notes.append(f"kinds that nobody knows will be held: {', '.join(strange[:5])}; name them under [tables.kinds]")
    if table.form.first > table.form.header + 1 and table.form.header:
        notes.append(
            f"lines {table.form.header + 1} to {table.form.first - 1} look like a second header and are left out"
        )
    return notes


def samples(frame: pl.DataFrame, count: int = 3) -> dict[str, list[str]]:
    """A few values of each column."""
    return {
        name: [str(value) for value in frame[name].drop_nulls().unique(maintain_order=True).head(count).to_list()]
        for name in frame.columns
        if name != LINE
    }
