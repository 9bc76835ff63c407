"""Who is written like somebody else, but for capitals, spaces and what a spreadsheet puts behind a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from lingxi.features._compiled import unlocked
from lingxi.ingest.around._rows import Doubles, Longs, row_of

USERS: Final = 1 << 17
_BLANKS: Final = (" ", "\t")
_BEHIND: Final = ".0"


def plain(text: str) -> str:
    """An id without what people and spreadsheets do to it: "Anna@x.org " is "anna@x.org", "12345.0" is "12345"."""
    text = text.lower()
    for blank in _BLANKS:
        text = text.replace(blank, "")
    return text.removesuffix(_BEHIND)


def plain_of(text: pl.Expr) -> pl.Expr:
    """The same of a column."""
    text = text.str.to_lowercase()
    for blank in _BLANKS:
        text = text.str.replace_all(blank, "", literal=True)
    return text.str.strip_suffix(_BEHIND)


class Spellings:
    """The first spelling of each of the users that were met last, as hashes."""

    def __init__(self) -> None:
        self._rows = (np.zeros(USERS, np.int64), np.zeros(USERS, np.int64))
        self._first = np.zeros(USERS, np.int64)

    def of(self, users: Sequence[object], stamp: int) -> Doubles:
        """1 for each user who is written like another one that was met before, 0 for others, NaN for none."""
        texts = [user if type(user) is str else "" for user in users]
        pairs = np.array([[hash(text), hash(plain(text)) if text else 0] for text in texts], np.int64).reshape(-1, 2)
        return self._look(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]), stamp)

    def within(self, users: pl.Series, stamp: int) -> Doubles:
        """The same for a column."""
        if users.null_count() == len(users):
            return np.full(len(users), np.nan)
        told = pl.select(
            pl.lit(users).hash(1).reinterpret(signed=True).alias("own"),
            pl.when(pl.lit(users).is_not_null()).then(plain_of(pl.lit(users)).hash(1)).fill_null(0).alias("form"),
        )
        return self._look(told["own"].to_numpy(), told["form"].reinterpret(signed=True).to_numpy(), stamp)

    def _look(self, own: Longs, form: Longs, stamp: int) -> Doubles:
        found = np.full(len(own), np.nan)
        _look(self._rows, self._first, own, form, stamp, found)
        return found


@unlocked
def _look(rows: Any, first: Any, own: Any, form: Any, stamp: int, found: Any) -> None:
    for n in range(len(own)):
        if form[n] == 0:
            continue
        row = row_of(rows[0], rows[1], form[n], stamp)
        if row < 0:
            row = -1 - row
            first[row] = own[n]
        found[n] = 1.0 if first[row] != own[n] else 0.0
