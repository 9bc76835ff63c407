"""Baskets: the lines of one order, or of one shopper at one time where no order is named. Their sizes and values."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.insight.bins import SIZES, counts, edges_of, names_of, price_edges, price_names, trimmed
from lingxi.insight.charts import Chart, Columns
from lingxi.insight.drift import Drift, of_values
from lingxi.insight.picture import Picture
from lingxi.insight.said import Sentence, amount, count, part_of, share
from lingxi.insight.subject import Advice, Subject

OFTEN_TOGETHER = 0.3


class Baskets(Struct, frozen=True, kw_only=True):
    """Baskets by lines (`lines`, bins that begin at `starts`) and by value (`values`, bins called `value_names`).

    The value is the sum of price × quantity (1 where unknown) over lines with a price, in the shop's currency.
    `named` is the share of purchase lines that name an order. `several`: baskets of two or more different items.
    """

    baskets: int
    lines_mean: float
    lines_median: float
    lines_p95: float
    several: float
    named: float
    value_median: float
    value_p95: float
    currency: str
    starts: list[int]
    lines: list[int]
    value_names: list[str]
    values: list[int]


def baskets_of(purchases: pl.DataFrame) -> pl.DataFrame:
    """One row a basket: `lines`, `items` (different ones), `value` (null: no line has a price)."""
    key = [pl.col("order").fill_null(0), pl.when(pl.col("order").is_null()).then("at").otherwise(0).alias("moment")]
    paid = pl.col("price") * pl.col("quantity").fill_null(1.0)
    return purchases.group_by("shopper", *key).agg(
        pl.len().alias("lines"),
        pl.col("item").n_unique().alias("items"),
        pl.when(pl.col("price").is_not_null().any()).then(paid.sum()).alias("value"),
    )


def measure(picture: Picture) -> Baskets:
    """Groups the purchases into baskets."""
    baskets = baskets_of(picture.purchases)
    lines, values = baskets["lines"].to_numpy(), baskets["value"].drop_nulls().to_numpy()
    given = int(picture.purchases["order"].is_not_null().sum())
    return Baskets(
        baskets=len(baskets),
        lines_mean=round(float(lines.mean()), 3) if len(lines) else 0.0,
        lines_median=_quantile(lines, 50),
        lines_p95=_quantile(lines, 95),
        several=part_of(int((baskets["items"] > 1).sum()), len(baskets)),
        named=part_of(given, len(picture.purchases)),
        value_median=_quantile(values, 50),
        value_p95=_quantile(values, 95),
        currency=picture.about.currency,
        starts=list(SIZES),
        lines=counts(lines, edges_of(SIZES)),
        value_names=price_names(),
        values=counts(values, price_edges()),
    )


def _quantile(values: np.ndarray[Any, Any], percent: float) -> float:
    return round(float(np.percentile(values, percent)), 3) if len(values) else 0.0


def read(found: Baskets) -> list[Sentence]:
    """How large, how dear."""
    if not found.baskets:
        return [Sentence("Nothing was bought yet.", "还没有购买。")]
    said = [
        Sentence(
            f"{count(found.baskets)} baskets of {amount(found.lines_mean)} lines on average; {share(found.several)} "
            "hold two or more different items.",
            f"{count(found.baskets)} 个购物篮，平均 {amount(found.lines_mean)} 行；"
            f"{share(found.several)} 含两种以上商品。",
        )
    ]
    if any(found.values):
        said.append(
            Sentence(
                f"The median basket is worth {amount(found.value_median)} {found.currency}.",
                f"购物篮价值中位数为 {amount(found.value_median)} {found.currency}。",
            )
        )
    if found.named < 1:
        said.append(
            Sentence(
                f"{share(1 - found.named)} of the lines name no order: lines of one shopper at one time count as one.",
                f"{share(1 - found.named)} 的行没有订单号：同一顾客同一时刻的行算作一篮。",
            )
        )
    return said


def draw(found: Baskets) -> list[Chart]:
    """Lines, and values."""
    if not found.baskets:
        return []
    charts = [
        Chart(
            Sentence("Lines in a basket", "每篮行数"),
            Sentence(
                f"The median basket has {amount(found.lines_median)} lines, one in twenty more than "
                f"{amount(found.lines_p95)}.",
                f"中位数为 {amount(found.lines_median)} 行，每二十篮有一篮超过 {amount(found.lines_p95)} 行。",
            ),
            Columns(trimmed(names_of(found.starts), found.lines), Sentence("lines", "行数")),
        )
    ]
    if any(found.values):
        charts.append(
            Chart(
                Sentence(f"Value of a basket, {found.currency}", f"每篮价值（{found.currency}）"),
                Sentence(
                    f"Half are worth {amount(found.value_median)} or less, one in twenty more than "
                    f"{amount(found.value_p95)}.",
                    f"一半不超过 {amount(found.value_median)}，每二十篮有一篮超过 {amount(found.value_p95)}。",
                ),
                Columns(
                    trimmed(found.value_names, found.values),
                    Sentence(f"{found.currency}, from", f"{found.currency}，起"),
                ),
            )
        )
    return charts


def advise(found: Baskets) -> list[Advice]:
    """Whether what is bought together can be learnt."""
    if not found.baskets:
        return []
    if found.several >= OFTEN_TOGETHER:
        do = Sentence(
            "Put `bought_together` beside the product and `cart` into the cart: there is much to learn them from.",
            "在商品页放 `bought_together`，在购物车放 `cart`：有足够的数据可学。",
        )
    else:
        do = Sentence(
            "Baskets are mostly single: put `similar` beside the product; `bought_together` has little to go on.",
            "多数购物篮只有一件：商品页放 `similar`；`bought_together` 依据不足。",
        )
    return [Advice("surface", do, read(found)[0])]


def compare(before: Picture, now: Picture) -> list[Drift]:
    """Lines and values."""
    one, two = (baskets_of(each.purchases) for each in (before, now))
    lines, values = Sentence("Lines in a basket", "每篮行数"), Sentence("Value of a basket", "每篮价值")
    return [
        of_values("basket_lines", lines, edges_of(SIZES), list(names_of(SIZES)), one["lines"], two["lines"]),
        of_values(
            "basket_value", values, price_edges(), [f"≥ {name}" for name in price_names()], _value(one), _value(two)
        ),
    ]


def _value(baskets: pl.DataFrame) -> pl.Series:
    return baskets["value"].drop_nulls()


SUBJECT = Subject(
    order=40,
    title=Sentence("Baskets", "购物篮"),
    asks=Sentence("How many things are bought at once, and for how much?", "一次买多少？花多少？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
    compare=compare,
)
