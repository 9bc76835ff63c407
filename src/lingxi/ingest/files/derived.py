"""Items and users that only events tell of: the name that most lines give, the price that was paid last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from lingxi.domain.item import Item
from lingxi.domain.user import Trait, User
from lingxi.ingest.files.mapping import Table
from lingxi.ingest.files.tables._table import LINE, Part

_MERGE_ROWS: Final = 500_000
_TITLE: Final = 512
_TRAIT: Final = 256


class Derived:
    """Learns part by part; memory grows with the items and users, not with the lines."""

    def __init__(self) -> None:
        self._told: dict[str, list[pl.DataFrame]] = {}
        self._paid: list[pl.DataFrame] = []
        self._bare: list[pl.DataFrame] = []
        self._items: pl.DataFrame | None = None
        self._users: pl.DataFrame | None = None
        self._sensitive: set[str] = set()

    def learn(self, part: Part, table: Table, good: pl.DataFrame) -> None:
        """Takes a part and its clean rows."""
        told = {name: column for name, column in table.columns.items() if name.startswith(("item.", "user."))}
        self._sensitive |= set(table.sensitive)
        if not any(name.startswith("item.") for name in told):
            self._bare = _merged(
                [*self._bare, _latest(good.filter(pl.col("item").is_not_null()).select(_PAID))], _latest
            )
        if not told:
            return
        shown = part.rows.select(pl.col(LINE).alias("line"), *(_text(column, name) for name, column in told.items()))
        joined = good.select("line", "item", "user", "kind", "at", "price").join(shown, on="line", how="left")
        for name in told:
            owner = name.partition(".")[0]
            counts = joined.filter(pl.col(owner).is_not_null() & pl.col(name).is_not_null()).group_by(owner, name)
            self._add(name, counts.agg(pl.len().alias("n")))
        if any(name.startswith("item.") for name in told):
            sold = joined.filter(_SOLD & pl.col("item").is_not_null())
            last = pl.col("price").sort_by("at").last()
            self._paid = _merged([*self._paid, sold.group_by("item").agg(last, pl.col("at").max())], _latest)

    def _add(self, name: str, counts: pl.DataFrame) -> None:
        self._told[name] = _merged([*self._told.get(name, []), counts], _summed)

    def settle(self) -> None:
        """Adds up what was learned: all of it takes little then."""
        self._told = {name: [_summed(pl.concat(parts))] for name, parts in self._told.items()}
        self._paid, self._bare = ([_latest(pl.concat(parts))] if parts else [] for parts in (self._paid, self._bare))

    @property
    def items(self) -> int:
        """How many items."""
        return len(self._all("item"))

    @property
    def users(self) -> int:
        """How many users."""
        return len(self._all("user"))

    def all_items(self) -> Iterator[Item]:
        """The items, in order of id."""
        for row in self._all("item").iter_rows(named=True):
            fields: dict[str, Any] = {
                name.removeprefix("item."): value for name, value in row.items() if value is not None
            }
            more = {name: fields.pop(name) for name in list(fields) if name not in _ITEM_FIELDS}
            yield Item(id=fields.pop("item"), **fields, attributes=more or None)

    def bare_items(self) -> Iterator[Item]:
        """The items of which the lines say no more than an id, in order of id, with the price that was paid last."""
        for name, price, _ in pl.concat(self._bare).pipe(_latest).sort("item").iter_rows() if self._bare else ():
            yield Item(id=name, price=price)

    def all_users(self) -> Iterator[User]:
        """The users, in order of id."""
        for row in self._all("user").iter_rows(named=True):
            traits = {
                name.removeprefix("user."): Trait(value[:_TRAIT], name.removeprefix("user.") in self._sensitive)
                for name, value in row.items()
                if name != "user" and value is not None
            }
            yield User(id=row["user"], traits=traits)

    def _all(self, owner: str) -> pl.DataFrame:
        """One row for each item or user, with what most of its lines say."""
        names = [name for name in self._told if name.startswith(f"{owner}.")]
        if not names:
            return pl.DataFrame(schema={owner: pl.String})
        frame: pl.DataFrame | None = None
        for name in names:
            best = _summed(pl.concat(self._told[name])).sort("n", name, descending=[True, False])
            best = best.group_by(owner, maintain_order=True).first().drop("n")
            frame = best if frame is None else frame.join(best, on=owner, how="full", coalesce=True)
        if frame is not None and owner == "item" and self._paid:
            paid = _latest(pl.concat(self._paid)).select("item", pl.col("price").alias("item.price"))
            frame = frame.join(paid, on="item", how="left")
        return pl.DataFrame(schema={owner: pl.String}) if frame is None else frame.sort(owner)


_ITEM_FIELDS: Final = ("item", "title", "title_zh", "category", "brand", "seller", "price")


_SOLD: Final = (pl.col("kind") == "purchase") & (pl.col("price") > 0)
_PAID: Final = ("item", pl.when(_SOLD).then("price").alias("price"), pl.when(_SOLD).then("at").otherwise(0).alias("at"))


def _text(column: str, name: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().str.slice(0, _TITLE).replace("", None).alias(name)


def _summed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by(frame.columns[:2]).agg(pl.col("n").sum())


def _latest(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by("item").agg(pl.col("price").sort_by("at").last(), pl.col("at").max())


def _merged(parts: list[pl.DataFrame], merge: Any) -> list[pl.DataFrame]:
    """The parts, made one when they have become many rows."""
    if len(parts) > 64 or sum(map(len, parts)) > _MERGE_ROWS:
        return [merge(pl.concat(parts))]
    return parts
