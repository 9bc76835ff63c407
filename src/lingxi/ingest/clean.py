"""Runs the cleaning rules: over one record, or over a frame of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal, NamedTuple

import polars as pl

from lingxi import registry
from lingxi.domain.item import Item
from lingxi.ingest.around.categories import Categories
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.rules._rule import FACTS, HOLD, MARK, REPAIR, Effect, Facts, One, Rule

_FOLDER: Final = "ingest/rules"
_TEXT: Final = ("kind", "user", "session", "item", "order")
_NUMBERS: Final = ("quantity", "price", "list_price", "total")
_FACTS: Final = frozenset(FACTS)
_ADDED: Final = {"repairs": pl.String, "marks": pl.String, "held": pl.String}


class Cleaned(NamedTuple):
    """A record after the rules: its fields as repaired, the rules that applied; `held` is the one that holds it."""

    record: Mapping[str, Any]
    repairs: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    held: str | None = None
    reason: str = ""


@cache
def rules(effect: Effect, of: Literal["event", "item"] = "event") -> tuple[tuple[str, Rule], ...]:
    """The rules of one effect with their names, in the order in which they run."""
    found = [(name, registry.load(_FOLDER, name, "RULE")) for name in registry.names(_FOLDER)]
    chosen = [(name, rule) for name, rule in found if (rule.effect, rule.of) == (effect, of)]
    return tuple(sorted(chosen, key=lambda each: (each[1].rank, each[0])))


def one(record: Mapping[str, Any], now: int, facts: Facts | None = None) -> Cleaned:
    """Runs every rule over one record; `now` is in µs UTC, `facts` is what is known around it."""
    return doubted(mended(record, now), now, facts)


def mended(record: Mapping[str, Any], now: int) -> Cleaned:
    """Runs the rules that repair and those that hold over one record."""
    for _, repair in _functions(REPAIR, _asked().intersection(record)):
        if repair(record, now) is not None:
            return _judged(*_repaired(record, now), now)
    return _judged(record, (), now)


def _repaired(record: Mapping[str, Any], now: int) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """A record that a rule repairs, after all of them, and which did."""
    repairs: tuple[str, ...] = ()
    for name, rule in rules(REPAIR):
        if (found := rule.one(record, now)) is not None:
            merged = {**record, **found.changes}
            record = {key: value for key, value in merged.items() if value is not None}
            repairs += (name,)
    return record, repairs


def _judged(record: Mapping[str, Any], repairs: tuple[str, ...], now: int) -> Cleaned:
    """Runs the rules that hold."""
    for name, hold in _functions(HOLD, _asked().intersection(record)):
        if (found := hold(record, now)) is not None:
            return Cleaned(record, repairs, (), name, found.reason)
    return Cleaned(record, repairs)


def doubted(cleaned: Cleaned, now: int, facts: Facts | None = None) -> Cleaned:
    """Runs the rules that mark over a record that is mended; one that is held stays as it is."""
    if cleaned.held is not None:
        return cleaned
    seen = cleaned.record
    if not _FACTS.isdisjoint(seen):  # who sends a field of such a name does not make it a fact
        seen = {name: value for name, value in seen.items() if name not in _FACTS}
    if facts:
        seen = {**seen, **facts}
    marks: tuple[str, ...] = ()
    for name, doubt in _functions(MARK, _asked().intersection(seen)):
        if doubt(seen, now) is not None:
            marks += (name,)
    return Cleaned(cleaned.record, cleaned.repairs, marks) if marks else cleaned


@cache
def _asked() -> frozenset[str]:
    """The fields without which one rule or another finds nothing."""
    return frozenset(name for effect in (REPAIR, HOLD, MARK) for _, rule in rules(effect) for name in rule.fields)


@cache
def _functions(effect: Effect, present: frozenset[str]) -> tuple[tuple[str, One], ...]:
    """The rules of one effect that may find something in a record that has these fields, as functions of a record."""
    found = rules(effect)
    return tuple((name, rule.one) for name, rule in found if not rule.fields or not present.isdisjoint(rule.fields))


def doubts_of(items: Sequence[Item], categories: Categories) -> list[tuple[str, ...]]:
    """The rules that mark each of these items; `categories` are those that are known, and learn all of them first."""
    for item in items:
        categories.add(item.category)
    marks: dict[str, tuple[str, ...]] = {"": ()}
    for category in {item.category for item in items if item.category}:
        record = {"category": category, "category_usual": categories.usual(category)}
        marks[category] = tuple(name for name, rule in rules(MARK, "item") if rule.one(record, 0) is not None)
    return [marks[item.category] for item in items]


def reason(record: Mapping[str, Any], name: str, now: int) -> str:
    """Why the rule `name` applies to a record; empty where it does not."""
    found = registry.load(_FOLDER, name, "RULE").one(record, now)
    return found.reason if found else ""


def many(frame: pl.DataFrame, now: int, around: Surroundings | None = None) -> pl.DataFrame:
    """Runs every rule over a frame of events; `now` is in µs UTC, `around` what is known from the frames before it.

    Takes the columns kind, user, session, item, order (String), at (Int64 µs, or String), quantity, price, list_price,
    total (Float64), of which any may be missing. Gives them back repaired, with `at` as Int64, and with three more:
    `repairs` and `marks` (rules joined by commas, null for none) and `held` (the rule that holds the row, or null).
    """
    frame = _whole(frame)
    for name, rule in rules(REPAIR):
        found = rule.columns(frame.schema, now)
        changed = frame.with_columns(found.when.alias("_when"))
        if not changed["_when"].any():
            continue
        sets = [pl.when("_when").then(value).otherwise(pl.col(c)).alias(c) for c, value in found.sets.items()]
        frame = changed.with_columns(*sets, _joined("repairs", name)).drop("_when")
    schema = frame.schema
    holds = [pl.when(rule.columns(schema, now).when).then(pl.lit(name)) for name, rule in rules(HOLD)]
    frame = frame.with_columns(pl.coalesce(*holds).alias("held"))
    frame = _with_facts(frame, around)
    doubts = [pl.when(rule.columns(schema, now).when).then(pl.lit(name)) for name, rule in rules(MARK)]
    joined = pl.concat_str(*doubts, separator=",", ignore_nulls=True)
    marks = pl.when(pl.col("held").is_null() & (joined != "")).then(joined).alias("marks")
    return frame.with_columns(marks, pl.col("at").cast(pl.Int64, strict=False)).drop(*FACTS)


def _with_facts(frame: pl.DataFrame, around: Surroundings | None) -> pl.DataFrame:
    """The frame with the columns of FACTS; without surroundings nothing is known."""
    if around is not None:
        return around.columns(frame)
    return frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in FACTS)


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column that the rules read, numbers as Float64."""
    dtypes: dict[str, Any] = {**dict.fromkeys(_TEXT, pl.String), "at": pl.Int64, **dict.fromkeys(_NUMBERS, pl.Float64)}
    missing = {**dtypes, **_ADDED}
    frame = frame.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items() if name not in frame.columns
    )
    return frame.with_columns(pl.col(name).cast(pl.Float64) for name in _NUMBERS)


def _joined(column: str, name: str) -> pl.Expr:
    """The column with one more rule where `_when` is true."""
    more = pl.concat_str(pl.col(column), pl.lit(name), separator=",", ignore_nulls=True)
    return pl.when("_when").then(more).otherwise(pl.col(column)).alias(column)
