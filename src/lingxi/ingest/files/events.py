"""A part of a file → a frame of events as `ingest.columns` takes them, every line of it accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from lingxi.ingest.files.lines import Fault
from lingxi.ingest.files.mapping import Table
from lingxi.ingest.files.numbers import numbers
from lingxi.ingest.files.tables._table import LINE, Part
from lingxi.ingest.files.times import micros

IDS: Final = ("user", "session", "item", "order", "id", "place", "channel", "request")
NUMBERS: Final = ("quantity", "price", "list_price", "total", "value")
TEXTS: Final = ("currency", "query", "text")
_LONGEST: Final = {**dict.fromkeys(IDS, 128), "query": 512, "text": 4_096}


def events(part: Part, table: Table) -> pl.DataFrame:
    """The events of a part, in order of its lines, faults among them.

    Beside the columns of an event: `line` (Int64), `fault` (the rule that holds it, or null), `why` (its reason),
    `raw` (the text of a line that cannot be read), `repairs` (null, or what was repaired in reading), `context` (a
    struct, where the mapping has some).
    """
    frame = _read(part.rows, table)
    unread = _unread(part.faults)
    return pl.concat([frame, unread], how="diagonal_relaxed").sort("line") if part.faults else frame


def _read(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The rows that can be read."""
    columns = table.columns
    made: dict[str, pl.Series] = {"line": rows[LINE]}
    faults: list[tuple[pl.Series, str, pl.Expr]] = []
    for name in IDS:
        if name in columns:
            made[name] = _id(rows[columns[name]], name)
    for name in (*NUMBERS, "position"):
        if name in columns:
            sent = rows[columns[name]]
            made[name] = numbers(sent, table.form.decimal).alias(name)
            odd = made[name].is_null() & sent.is_not_null() | made[name].is_infinite().fill_null(value=False)
            faults.append((odd, "number_unreadable", _said(name, columns[name], sent, "a number")))
    for name in TEXTS:
        if name in columns:
            made[name] = rows[columns[name]].cast(pl.String).str.strip_chars().alias(name)
    made |= _at(rows, table, faults)
    made["kind"] = _kind(rows, table)
    frame = pl.DataFrame(made)
    frame = frame.with_columns(_context(rows, table)) if any(c.startswith("context.") for c in columns) else frame
    frame = _turned(_sessions(frame), table)
    return frame.with_columns(*_faults(frame, faults)).drop("fold", "gap", strict=False)


def _id(values: pl.Series, name: str) -> pl.Series:
    """An id as text: without blanks around it, and whole numbers without the ".0" that programs add."""
    if values.dtype.is_float():
        whole = (values == values.round()) & (values.abs() < 2**53)
        plain = values.cast(pl.Int64, strict=False).cast(pl.String)
        return plain.zip_with(whole.fill_null(value=False), values.cast(pl.String)).alias(name)
    text = values.cast(pl.String).str.strip_chars().alias(name)
    if text.str.ends_with(".0").any():
        text = text.str.replace(r"^(\d+)\.0+$", "${1}")
    return text


def _at(rows: pl.DataFrame, table: Table, faults: list[tuple[pl.Series, str, pl.Expr]]) -> dict[str, pl.Series]:
    """The times, and what is wrong with them."""
    column = table.columns["at"]
    sent = rows[column]
    values = sent
    if "clock" in table.columns and not sent.dtype.is_temporal():
        clock = rows[table.columns["clock"]].cast(pl.String).str.strip_chars()
        values = sent.cast(pl.String).str.strip_chars() + " " + clock.fill_null("00:00")
    read = micros(values, table.times)
    zone = table.times.zone
    gap = _said("at", column, sent, f"a time that the clocks of {zone} show: they skip this hour")
    faults.append((read["gap"], "time_gap", gap))
    expected = f"a time like {' or '.join(table.times.formats) or 'a date'}"
    unread = read["at"].is_null() & ~read["gap"]
    faults.append((unread, "time_unreadable", _said("at", column, sent, expected)))
    repaired = pl.DataFrame({"fold": read["fold"]}).select(
        pl.when("fold").then(pl.lit("time_fold")).cast(pl.String).alias("repairs")
    )
    return {"at": read["at"].alias("at"), "repairs": repaired["repairs"]}


def _said(name: str, column: str, sent: pl.Series, expected: str) -> pl.Expr:
    """Why a field is held: what stands there, and what was expected."""
    shown = pl.lit(sent.cast(pl.String, strict=False).str.slice(0, 60)).fill_null("nothing")
    return pl.concat_str(pl.lit(f"{name}: column '{column}' holds '"), shown, pl.lit(f"'; {expected} was expected"))


def _kind(rows: pl.DataFrame, table: Table) -> pl.Series:
    if "kind" not in table.columns:
        return pl.Series("kind", [table.kind], dtype=pl.String).new_from_index(0, len(rows)).alias("kind")
    sent = rows[table.columns["kind"]].cast(pl.String).str.strip_chars()
    return (sent.replace(table.kinds) if table.kinds else sent).alias("kind")


def _context(rows: pl.DataFrame, table: Table) -> pl.Series:
    """The columns that are kept as they are."""
    wanted = {name.removeprefix("context."): c for name, c in table.columns.items() if name.startswith("context.")}
    return (
        rows.select(
            pl.struct([pl.col(column).cast(pl.String).str.slice(0, 256).alias(name) for name, column in wanted.items()])
        )
        .to_series()
        .alias("context")
    )


def _sessions(frame: pl.DataFrame) -> pl.DataFrame:
    """Lines without a customer: their order is their session."""
    if "order" not in frame.columns:
        return frame
    for name in ("user", "session"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    nobody = pl.col("user").is_null() & pl.col("session").is_null()
    return frame.with_columns(pl.when(nobody).then("order").otherwise("session").alias("session"))


def _turned(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Purchases that take back become refunds of the quantity without its sign."""
    back = pl.lit(value=False)
    for name in ("quantity", "total"):
        if table.returns.negative and name in frame.columns:
            back |= (pl.col(name) < 0).fill_null(value=False)
    if table.returns.prefix and "order" in frame.columns:
        back |= pl.col("order").str.starts_with(table.returns.prefix).fill_null(value=False)
    frame = frame.with_columns(((pl.col("kind") == "purchase") & back).fill_null(value=False).alias("back"))
    signed = [name for name in ("quantity", "total") if name in frame.columns]
    refund = pl.col("back") | (pl.col("kind") == "refund").fill_null(value=False)
    return frame.with_columns(
        pl.when("back").then(pl.lit("refund")).otherwise("kind").alias("kind"),
        *(pl.when(refund).then(pl.col(name).abs()).otherwise(name).alias(name) for name in signed),
    ).drop("back")


def _faults(frame: pl.DataFrame, found: Sequence[tuple[pl.Series, str, pl.Expr]]) -> list[pl.Expr]:
    """The rule that holds each row, and why; the first that applies."""
    masks = [(pl.lit(mask), rule, why) for mask, rule, why in found if mask.any()]
    for name, most in _LONGEST.items():
        if name in frame.columns and (frame[name].str.len_chars() > most).any():
            long = (pl.col(name).str.len_chars() > most).fill_null(value=False)
            masks.append((long, "shape", pl.lit(f"{name}: longer than {most} characters")))
    if "currency" in frame.columns:
        odd = ~pl.col("currency").str.contains("^[A-Z]{3}$").fill_null(value=True)
        masks.append((odd, "shape", pl.lit("currency: three capital letters were expected, such as EUR")))
    if "position" in frame.columns:
        whole = pl.col("position").is_between(0, 100_000) & (pl.col("position") == pl.col("position").round())
        odd = ~whole.fill_null(value=True)
        masks.append((odd, "shape", pl.lit("position: a whole number from 0 to 100,000 was expected")))
    if "value" in frame.columns:
        odd = (pl.col("value").abs() > 1e9).fill_null(value=False)
        masks.append((odd, "shape", pl.lit("value: between -1e9 and 1e9 was expected")))
    if not masks:
        nothing = pl.lit(None, dtype=pl.String)
        return [nothing.alias("fault"), nothing.alias("why"), nothing.alias("raw")]
    rules = [pl.when(mask).then(pl.lit(rule)) for mask, rule, _ in masks]
    reasons = [pl.when(mask).then(why) for mask, _, why in masks]
    return [
        pl.coalesce(rules).alias("fault"),
        pl.coalesce(reasons).alias("why"),
        pl.lit(None, dtype=pl.String).alias("raw"),
    ]


def _unread(faults: Sequence[Fault]) -> pl.DataFrame:
    """Lines that cannot be read, as rows that hold nothing but that."""
    return pl.DataFrame(
        {
            "line": pl.Series([each.line for each in faults], dtype=pl.Int64),
            "fault": pl.Series([each.rule for each in faults], dtype=pl.String),
            "why": pl.Series([each.why for each in faults], dtype=pl.String),
            "raw": pl.Series([each.text for each in faults], dtype=pl.String),
        }
    )
