"""A picture of a shop: its events, purchases and items as frames, from one pass over the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.domain.event import KIND_CODE
from lingxi.domain.item import Item
from lingxi.ports.survey import SCHEMA

DAY: Final = 86_400_000_000
RECENT_DAYS: Final = 28
NEVER: Final = -1
OF_PURCHASES: Final = ("seq", "at", "day", "shopper", "item", "quantity", "price", "list_price", "order")
"""The columns of events that purchases keep."""
ONLY_PURCHASES: Final = ("quantity", "price", "list_price", "order")
"""Those of them that nothing else is asked for: events do not keep them."""
TEXTS: Final = ("category", "category_zh", "title", "title_zh")
PURCHASE: Final = KIND_CODE["purchase"]
IMPRESSION: Final = KIND_CODE["impression"]


class Rate(Struct, frozen=True, kw_only=True):
    """How often a rule applied: events, their share of all that were sent as events, and a few examples as JSON.

    `effect` is what it does: repaired, marked or held.
    """

    rule: str
    effect: str
    events: int
    share: float
    examples: list[str]


class About(Struct, frozen=True, kw_only=True):
    """What a picture must know beside its frames: the shop's time zone and currency, the days that a training holds
    out, and what the cleaning rules did. `leave_out` names the marks whose events training and live state leave out."""

    timezone: str = "UTC"
    currency: str = "USD"
    holdout_days: int = 14
    rules: list[Rate] = []
    held: int = 0
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a shop did, in order of `at`, and what it sells.

    `events`: `ports.survey.SCHEMA` but ONLY_PURCHASES, and `day` (Int32, days since 1970 by the shop's calendar),
    `hour` (Int8, 0–23), `weekday` (Int8, 1 is Monday). `purchases`: those of an item by a shopper, OF_PURCHASES and
    `shopper_before`, `item_before` (Int32: purchase lines of the shopper, of the item, at earlier times) and `gap`
    (Float32: days since the shopper last bought this item, null the first time). `items`: one row a number that the
    log ever gave: `id`, `posted`, TEXTS, `priced`, `branded`.
    `until` is the time right after the last event (µs UTC).
    """

    events: pl.DataFrame
    purchases: pl.DataFrame
    items: pl.DataFrame
    about: About = field(default_factory=About)

    @property
    def until(self) -> int:
        last = self.events["at"].last()
        return int(last) + 1 if isinstance(last, int) else 0

    @property
    def acts(self) -> pl.DataFrame:
        """What shoppers did themselves: all events but impressions."""
        return self.events.filter(pl.col("kind") != IMPRESSION)

    def recent(self) -> pl.DataFrame:
        """The purchases of the last RECENT_DAYS."""
        return self.purchases.filter(pl.col("at") >= self.until - RECENT_DAYS * DAY)

    def where(self, keep: pl.Expr) -> Self:
        """The same picture of some of the events; what a purchase knows of the time before it stays."""
        return replace(self, events=self.events.filter(keep), purchases=self.purchases.filter(keep))


def picture_of(frames: Iterable[pl.DataFrame], items: pl.DataFrame, about: About) -> Picture:
    """The picture of a log's events (frames of SCHEMA, in no order) and items."""
    events = pl.concat([pl.DataFrame(schema=SCHEMA), *frames]).sort("at", "seq")
    local = pl.from_epoch("at", time_unit="us").dt.replace_time_zone("UTC").dt.convert_time_zone(about.timezone)
    events = events.with_columns(
        local.dt.date().cast(pl.Int32).alias("day"),
        local.dt.hour().alias("hour"),
        local.dt.weekday().alias("weekday"),
    )
    purchases = _purchases(events)
    return Picture(events=events.drop(ONLY_PURCHASES), purchases=purchases, items=items, about=about)


def _purchases(events: pl.DataFrame) -> pl.DataFrame:
    """The purchases with what came before each. Lines of one time have no order: none came before the other."""
    bought = events.filter((pl.col("kind") == PURCHASE) & (pl.col("item") >= 0) & (pl.col("shopper") >= 0))
    return (
        bought.select(*OF_PURCHASES)
        .sort("shopper", "item", "at")
        .with_columns(_gap().alias("gap"))
        .sort("at", "seq")
        .with_columns(_before("shopper"), _before("item"))
    )


def _gap() -> pl.Expr:
    """Days since the same shopper last bought the same item, of purchases in order of shopper, item and time.

    The first line of a time looks at the line before it; the others of that time take over what it found.
    """
    same = (pl.col("shopper") == pl.col("shopper").shift(1)) & (pl.col("item") == pl.col("item").shift(1))
    passed = pl.col("at") - pl.col("at").shift(1)
    found = pl.when(~same.fill_null(False)).then(NEVER).when(passed > 0).then(passed).forward_fill()
    return pl.when(found != NEVER).then(found / DAY).cast(pl.Float32)


def _before(who: str) -> pl.Expr:
    """How many lines of the same shopper or item there were at earlier times."""
    return (pl.col("at").rank("min").over(who).cast(pl.Int32) - 1).alias(f"{who}_before")


def items_of(ids: list[str], posted: Iterable[tuple[int, Item]]) -> pl.DataFrame:
    """The items of a picture, by number: ids of all, and the records of those that were posted."""
    text: dict[str, list[str | None]] = {name: [None] * len(ids) for name in TEXTS}
    flags = {name: np.zeros(len(ids), np.bool_) for name in ("posted", "priced", "branded")}
    for no, item in posted:
        given = (True, item.price is not None, bool(item.brand))
        for column, value in zip(flags.values(), given, strict=True):
            column[no] = value
        said = (item.category or None, _chinese(item), item.title or None, item.title_zh or item.title or None)
        for texts, each in zip(text.values(), said, strict=True):
            texts[no] = each
    return (
        pl.DataFrame({"id": pl.Series(ids, dtype=pl.String), **flags})
        .with_columns(*(pl.Series(name, values, dtype=pl.String) for name, values in text.items()))
        .with_columns(pl.col("category", "category_zh").cast(pl.Categorical))
    )


def _chinese(item: Item) -> str | None:
    """The category's Chinese name, where the shop gives one."""
    name = (item.attributes or {}).get("category_zh")
    return name if isinstance(name, str) and name else item.category or None


def with_category(purchases: pl.DataFrame, items: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """These columns of the purchases with `category` and `category_zh` (null: unknown)."""
    where = items.select(pl.int_range(pl.len(), dtype=pl.Int32).alias("item"), "category", "category_zh")
    return purchases.select("item", *columns).join(where, on="item", how="left", maintain_order="left")
