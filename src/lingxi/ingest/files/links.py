"""Which purchase a refund takes back: of the same shopper and item, the latest before it with enough left of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from lingxi.ingest.columns import Copies, Keys, identities

Place = tuple[int, int]
"""A file's number and a line in it."""


LINKS: Final = {
    "file": pl.Int64,
    "line": pl.Int64,
    "linked_order": pl.String,
    "linked_purchase": pl.String,
}
"""Of each refund whose purchase is known: where it stands, and the purchase's order and id."""


class _Line(NamedTuple):
    """A purchase, or a refund (`id` is empty)."""

    at: int
    refund: bool
    place: Place
    quantity: float
    order: str | None
    id: str


class Links:
    """Two readings: `learn` which pairs of a shopper and an item have refunds, then `collect` their lines."""

    def __init__(self) -> None:
        self._refunded: list[Keys] = []
        self._wanted: Keys | None = None
        self._lines: dict[int, list[_Line]] = {}
        self.refunds = 0

    def learn(self, good: pl.DataFrame) -> None:
        """Takes clean rows."""
        refunds = good.filter(pl.col("kind") == "refund")
        if len(refunds):
            self.refunds += len(refunds)
            self._refunded.append(np.unique(_pairs(refunds)))

    def collect(self, good: pl.DataFrame, file: int, copies: Copies) -> None:
        """Takes clean rows with their `line`, in order, once all were learnt."""
        if self._wanted is None:
            self._wanted = np.unique(np.concatenate(self._refunded)) if self._refunded else np.zeros(0, np.uint64)
        good = good.filter(pl.col("kind").is_in(["purchase", "refund"]))
        if good.is_empty():
            return
        pairs = _pairs(good)
        asked = np.isin(pairs, self._wanted)
        good, pairs = good.filter(pl.Series(asked)), pairs[asked]
        told = zip(pairs.tolist(), _lines(good, file, copies), strict=True)
        for pair, line in told:
            self._lines.setdefault(pair, []).append(line)

    def links(self) -> pl.DataFrame:
        """The purchase of each refund that has one: columns LINKS."""
        found = [link for lines in self._lines.values() for link in _linked(sorted(lines, key=_order))]
        self._lines, self._wanted, self._refunded = {}, None, []
        return pl.DataFrame(found, schema=LINKS, orient="row")


def _pairs(rows: pl.DataFrame) -> Keys:
    """A number for the shopper and item of each row; who has no user is the session."""
    session = pl.when(pl.col("user").is_null()).then("session").alias("session")
    return rows.select("user", session, "item").hash_rows(seed=5).to_numpy()


def _lines(good: pl.DataFrame, file: int, copies: Copies) -> Iterator[_Line]:
    ids = identities(good, copies)
    rows = good.select("at", "kind", "line", "quantity", "order").iter_rows()
    for id_, (at, kind, line, quantity, order) in zip(ids, rows, strict=True):
        refund = kind == "refund"
        yield _Line(at, refund, (file, line), quantity or 1.0, order, "" if refund else id_)


def _order(line: _Line) -> tuple[int, bool, int, int]:
    """By time, purchases first; of those at one time the first in the file comes last and is taken first, so that more
    of them further down change no link."""
    return line.at, line.refund, -line.place[0], line.place[1] if line.refund else -line.place[1]


def _linked(lines: list[_Line]) -> Iterator[tuple[int, int, str | None, str]]:
    """The rows of LINKS of one shopper and item; `lines` are in order of time, purchases first."""
    bought: list[_Line] = []
    left: list[float] = []
    for line in lines:
        if not line.refund:
            bought.append(line)
            left.append(line.quantity)
            continue
        for n in range(len(bought) - 1, -1, -1):
            if left[n] >= line.quantity - 1e-9:
                left[n] -= line.quantity
                yield *line.place, bought[n].order, bought[n].id
                break
