"""Times as files have them → µs UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from lingxi.ingest.files.mapping import Times

UNITS: Final = {"unix_s": 1e6, "unix_ms": 1e3, "unix_us": 1.0, "unix_ns": 1e-3}
EXCEL: Final = "excel"
_EPOCH_DAY: Final = 25_569
"""1970-01-01 as Excel counts days."""
_DAY: Final = 86_400_000_000

_DATES: Final = (
    (r"\d{4}-\d{1,2}-\d{1,2}", ("%Y-%m-%d",)),
    (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    (r"\d{4}\.\d{1,2}\.\d{1,2}", ("%Y.%m.%d",)),
    (r"\d{4}年\d{1,2}月\d{1,2}日", ("%Y年%m月%d日",)),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y", "%m.%d.%Y")),
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y", "%m/%d/%Y")),
    (r"\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"\d{1,2}\.\d{1,2}\.\d{2}", ("%d.%m.%y", "%m.%d.%y")),
    (r"\d{1,2}/\d{1,2}/\d{2}", ("%d/%m/%y", "%m/%d/%y")),
    (r"\d{1,2}-\d{1,2}-\d{2}", ("%d-%m-%y", "%m-%d-%y")),
    (r"\d{1,2}[ -][A-Za-z]{3}[ -]\d{4}", ("%d %b %Y", "%d-%b-%Y")),
    (r"[A-Za-z]{3,9} \d{1,2}, \d{4}", ("%b %d, %Y", "%B %d, %Y")),
    (r"(?:19|20)\d{6}", ("%Y%m%d",)),
)
_CLOCKS: Final = (
    (r"", ("",)),
    (r"\d{1,2}:\d{2}", ("%H:%M",)),
    (r"\d{1,2}:\d{2}:\d{2}", ("%H:%M:%S",)),
    (r"\d{1,2}:\d{2}:\d{2}[.,]\d+", ("%H:%M:%S%.f",)),
    (r"\d{1,2}:\d{2} ?[AaPp][Mm]", ("%I:%M %p", "%I:%M%p")),
    (r"\d{1,2}:\d{2}:\d{2} ?[AaPp][Mm]", ("%I:%M:%S %p", "%I:%M:%S%p")),
    (r"\d{6}", ("%H%M%S",)),
)
_ZONES: Final = ((r"", ""), (r"Z", "Z"), (r" UTC", " UTC"), (r"[+-]\d{2}:?\d{2}", "%z"), (r" [+-]\d{2}:?\d{2}", " %z"))
_GAPS: Final = ("", " ", "T", "  ", ", ")


def formats_of(value: str) -> list[str]:
    """Every format that a text may be written in; a day that may be a month gives both."""
    found: list[str] = []
    for date, dates in _DATES:
        start = re.match(date, value)
        if start is None:
            continue
        rest = value[start.end() :]
        for gap in _GAPS:
            if rest.startswith(gap):
                found += [day + gap + tail for tail in _tails(rest[len(gap) :], gap) for day in dates]
    return list(dict.fromkeys(found))


def _tails(rest: str, gap: str) -> list[str]:
    """The formats of what comes after the day."""
    return [
        form + mark
        for clock, forms in _CLOCKS
        for zone, mark in _ZONES
        if bool(clock) == bool(gap) and re.fullmatch(clock + zone, rest)
        for form in forms
    ]


def unit_of(values: pl.Series) -> str | None:
    """The unit of a column of numbers that are times since 1970, or Excel's days; None where they are none."""
    low, high = values.min(), values.max()
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return None
    for unit, least, most in (
        *(("unix_s", 3e8, 1e10), ("unix_ms", 3e11, 1e13), ("unix_us", 3e14, 1e16), ("unix_ns", 3e17, 1e19)),
        (EXCEL, 20_000, 80_000),
    ):
        if least <= low and high < most:
            return unit
    return None


def micros(values: pl.Series, times: Times) -> pl.DataFrame:
    """A column of times: `at` (Int64 µs UTC, null where no format reads it), and whether it falls into the hour that a
    clock skips (`gap`) or goes through twice (`fold`, of which the first is taken)."""
    zone = times.zone
    if values.dtype.is_temporal():
        return _local(_datetime(values), zone)
    made = [_read(values, form, zone) for form in times.formats]
    if not made:
        return _plain(pl.Series("at", [None] * len(values), dtype=pl.Int64))
    best = made[0]
    for other in made[1:]:
        if best["at"].null_count() == 0:
            break
        both = pl.concat([best, other.select(pl.all().name.suffix("2"))], how="horizontal")
        take = pl.col("at").is_null() & ~pl.col("gap")
        best = both.select(
            pl.when(take).then(pl.col(f"{name}2")).otherwise(pl.col(name)).alias(name) for name in best.columns
        )
    return best


def _datetime(values: pl.Series) -> pl.Series:
    return values.cast(pl.Datetime("us", getattr(values.dtype, "time_zone", None)))


def _read(values: pl.Series, form: str, zone: str) -> pl.DataFrame:
    """The column read by one format."""
    if form in UNITS or form == EXCEL:
        whole = values.cast(pl.Int64, strict=False)
        number = values.cast(pl.Float64, strict=False)
        if form == EXCEL:
            return _local(((number - _EPOCH_DAY) * _DAY).round().cast(pl.Int64).cast(pl.Datetime("us")), zone)
        scale = UNITS[form]
        exact = whole * int(scale) if scale >= 1 else whole // 1_000
        fits = (number == whole).fill_null(value=False)
        rough = (number * scale).round()
        rough = rough.set(~rough.is_between(0, 9e18).fill_null(value=False), None).cast(pl.Int64, strict=False)
        return _plain(exact.zip_with(fits, rough))
    text = values.cast(pl.String).str.strip_chars()
    literal = form.removesuffix("Z").removesuffix(" UTC")
    if literal != form:
        mark = form[len(literal) :]
        text = pl.DataFrame({"t": text}).select(pl.when(pl.col("t").str.ends_with(mark)).then("t")).to_series()
        return _plain(_parse(text.str.strip_suffix(mark), literal).dt.epoch("us"))
    if form.endswith("%z"):
        return _plain(_parse(text, form).dt.epoch("us"))
    return _local(_parse(text, form), zone)


def _parse(text: pl.Series, form: str) -> pl.Series:
    if "%H" not in form and "%I" not in form:
        return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    return text.str.to_datetime(form, strict=False, time_unit="us")


def _local(local: pl.Series, zone: str) -> pl.DataFrame:
    """Local times of a zone, which its clock may skip or go through twice."""
    if getattr(local.dtype, "time_zone", None) is not None or zone == "UTC":
        return _plain(local.dt.epoch("us"))
    first = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    last = local.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    return pl.DataFrame(
        {
            "at": first.dt.epoch("us"),
            "gap": local.is_not_null() & first.is_null(),
            "fold": (first != last).fill_null(value=False),
        }
    )


def _plain(at: pl.Series) -> pl.DataFrame:
    no = pl.lit(value=False)
    return pl.DataFrame({"at": at}).with_columns(no.alias("gap"), no.alias("fold"))


def ambiguous(formats: Sequence[str]) -> bool:
    """Whether formats differ in which of two numbers is the day."""
    days = {form.find("%d") < form.find("%m") for form in formats if "%d" in form and "%m" in form}
    return len(days) > 1
