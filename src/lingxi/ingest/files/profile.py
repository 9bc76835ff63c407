"""What is in a column: shares of numbers, of times, of known words; from the first rows of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from lingxi.ingest.files import times, words
from lingxi.ingest.files.mapping import Times
from lingxi.ingest.files.numbers import numbers

_TRIED: Final = 200
_VALUES: Final = 30
_CLOCK: Final = r"^\d{1,2}:\d{2}(:\d{2})?$"
_SHORT: Final = 256


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares are of the filled values, `filled` of all. `formats` read the times there are, `open` are those between
    which day and month leave it open; `unit` is that of plain numbers that are times. `values` are the distinct ones
    where they are few. `typed` says that times are no text or number, `naive` that such have no zone, `nested` that
    values are lists or objects."""

    filled: float = 0.0
    distinct: float = 0.0
    numbers: float = 0.0
    kinds: float = 0.0
    currency: float = 0.0
    clock: float = 0.0
    clocks: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    unit: str | None = None
    values: tuple[str, ...] = ()
    short: bool = True
    nested: bool = False
    typed: bool = False
    naive: bool = False


def profile(column: pl.Series) -> Profile:
    """What a column holds."""
    filled = column.drop_nulls()
    if column.dtype.is_nested() or column.dtype == pl.Binary:
        return Profile(nested=True, short=False)
    if filled.is_empty():
        return Profile(short=False)
    share, distinct = len(filled) / len(column), filled.n_unique() / len(filled)
    if filled.dtype.is_temporal():
        naive = getattr(filled.dtype, "time_zone", None) is None
        return Profile(filled=share, distinct=distinct, formats=("",), typed=True, naive=naive)
    number = _numbers(filled)
    text = filled.cast(pl.String).str.strip_chars()
    uniques = text.unique(maintain_order=True).head(_VALUES + 1).to_list()
    few = tuple(uniques) if len(uniques) <= _VALUES else ()
    unit = times.unit_of(number) if number.null_count() == 0 else None
    formats, open_ = _formats(text)
    return Profile(
        filled=share,
        distinct=distinct,
        numbers=1 - number.null_count() / len(number),
        kinds=sum(1 for value in few if words.kind_of(value)) / len(few) if few else 0.0,
        currency=_share(text, r"^[A-Z]{3}$") if few else 0.0,
        clock=_share(text, _CLOCK),
        clocks=tuple(form for form in ("%H:%M", "%H:%M:%S") if _share(text, _CLOCK) >= 0.9),
        formats=formats,
        open=open_,
        unit=unit,
        values=few,
        short=int(text.str.len_chars().max() or 0) <= _SHORT,  # type: ignore[arg-type]
    )


def _numbers(filled: pl.Series) -> pl.Series:
    if filled.dtype != pl.String:
        return filled.cast(pl.Float64, strict=False)
    plain = numbers(filled, ".")
    comma = numbers(filled, ",")
    return plain if plain.null_count() <= comma.null_count() else comma


def _share(text: pl.Series, pattern: str) -> float:
    return float(text.str.contains(pattern).mean() or 0.0)  # type: ignore[arg-type]


def _formats(text: pl.Series) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The formats that read a column of times, none where it holds no times; and those between which it is open."""
    tried = text.unique(maintain_order=True).head(_TRIED).to_list()
    candidates = list(dict.fromkeys(form for value in tried for form in times.formats_of(value)))[:24]
    strange = [value for value in tried if not times.formats_of(value)]
    if not candidates or text.is_in(strange).sum() > 0.1 * len(text):
        return (), ()
    return settle(text, candidates)


def settle(text: pl.Series, candidates: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fewest of the candidates that read most values, the best first; and those that read as many but swap day and
    month."""
    reads = {form: times.micros(text, Times(formats=[form]))["at"].is_not_null() for form in candidates}
    left = text.is_not_null()
    chosen: list[str] = []
    open_: list[str] = []
    while left.any():
        gains = {form: int((read & left).sum()) for form, read in reads.items() if form not in chosen}
        best = max(gains, key=lambda form: gains[form], default=None)
        if best is None or gains[best] == 0:
            break
        if not chosen:
            equal = [form for form in gains if gains[form] == gains[best]]
            open_ = equal if times.ambiguous(equal) else []
        elif times.ambiguous([*chosen, best]):
            reads.pop(best)
            continue
        chosen.append(best)
        left &= ~reads[best]
    return tuple(chosen), tuple(open_)
