"""Numbers as files have them: decimal commas, thousands, signs of currencies, brackets or a minus behind."""

from __future__ import annotations

from typing import Final

import polars as pl

_SIGNS: Final = r"[\s\u00a0\u202f'’_$€£¥￥₽₹元%]|(?i:eur|usd|gbp|cny|rmb|chf|jpy)"
_GROUPED: Final = r"^[-+]?\d{1,3}([.,]\d{3})+$"


def numbers(texts: pl.Series, decimal: str) -> pl.Series:
    """A column of text as Float64; null where it is no number. `decimal` is "." or ","."""
    if texts.dtype != pl.String:
        return texts.cast(pl.Float64, strict=False)
    if decimal == ".":
        plain = texts.cast(pl.Float64, strict=False)
    else:
        odd = texts.str.contains(".", literal=True).any()
        plain = pl.Series(texts.name, [None] * len(texts), dtype=pl.Float64) if odd else _cast(texts, decimal)
    if plain.null_count() == texts.null_count():
        return plain
    missed = pl.DataFrame({"plain": plain, "text": texts, "slow": _slow(texts, decimal)})
    return missed.select(pl.coalesce("plain", "slow").alias(texts.name)).to_series()


def _cast(texts: pl.Series, decimal: str) -> pl.Series:
    return texts.str.replace(decimal, ".", literal=True).cast(pl.Float64, strict=False)


def _slow(texts: pl.Series, decimal: str) -> pl.Series:
    """The same for whatever people and programs write."""
    frame = pl.DataFrame({"t": texts.str.strip_chars()})
    t = pl.col("t")
    negative = t.str.contains(r"^\(.*\)$|^[^-]*\d[^-]*-$")
    bare = t.str.replace_all(_SIGNS, "").str.replace_all(r"^\(|\)$|-$", "")
    other = "," if decimal == "." else "."
    whole = bare.str.replace(rf"[{decimal}]\d*$", "")
    grouped = ~whole.str.contains(other, literal=True) | whole.str.contains(_GROUPED)
    text = pl.when(grouped).then(bare.str.replace_all(other, "", literal=True).str.replace(decimal, ".", literal=True))
    number = text.cast(pl.Float64, strict=False)
    return frame.select(pl.when(negative).then(-number).otherwise(number)).to_series()
