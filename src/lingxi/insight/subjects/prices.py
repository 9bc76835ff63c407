"""Prices: what is paid for one unit, and how much of it below the list."""

from __future__ import annotations

import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.insight.bins import counts, price_edges, price_names, trimmed
from lingxi.insight.charts import Bars, Chart, Columns
from lingxi.insight.drift import Drift, of_values
from lingxi.insight.picture import Picture, with_category
from lingxi.insight.said import Sentence, amount, part_of, share
from lingxi.insight.subject import Subject

AREAS = 10


class Area(Struct, frozen=True, kw_only=True):
    """A top-level category with its median price paid."""

    name: Sentence
    purchases: int
    median: float


class Prices(Struct, frozen=True, kw_only=True):
    """Prices paid per unit in purchases, in bins called `names`. `known` is the share of purchases that say one, `free`
    those at 0; `discounted`: of purchases that know both prices, those below the list, by `discount` on average."""

    currency: str
    known: float
    free: float
    p5: float
    median: float
    p95: float
    names: list[str]
    bins: list[int]
    listed: float
    discounted: float
    discount: float
    areas: list[Area]


def measure(picture: Picture) -> Prices:
    """Takes quantiles and bins of the prices paid."""
    bought = picture.purchases
    paid = bought["price"].drop_nulls().to_numpy()
    both = bought.filter(pl.col("price").is_not_null() & (pl.col("list_price") > 0))
    below = both.filter(pl.col("price") < pl.col("list_price"))
    depth = (1 - below["price"] / below["list_price"]).mean() if len(below) else 0.0
    low, middle, high = (np.percentile(paid, [5, 50, 95]) if len(paid) else np.zeros(3)).tolist()
    return Prices(
        currency=picture.about.currency,
        known=part_of(len(paid), len(bought)),
        free=part_of(int((paid == 0).sum()), len(bought)),
        p5=round(low, 4),
        median=round(middle, 4),
        p95=round(high, 4),
        names=price_names(),
        bins=counts(paid, price_edges()),
        listed=part_of(len(both), len(bought)),
        discounted=part_of(len(below), len(both)),
        discount=round(float(depth), 4) if isinstance(depth, float) else 0.0,
        areas=_areas(picture),
    )


def _areas(picture: Picture) -> list[Area]:
    """The top-level categories with the most purchases that say a price, dearest first."""

    def top(column: str) -> pl.Expr:
        return pl.col(column).cast(pl.String).str.split(" > ").list.first()

    by_category = (
        with_category(picture.purchases, picture.items, "price")
        .filter(pl.col("category").is_not_null() & pl.col("price").is_not_null())
        .select("category", "category_zh", "price")
    )
    tops = by_category.select("category", "category_zh").unique("category")
    tops = tops.with_columns(top("category").alias("name"), top("category_zh").alias("chinese"))
    rows = (
        by_category.join(tops.select("category", "name", "chinese"), on="category")
        .group_by("name")
        .agg(pl.col("chinese").first(), pl.len().alias("purchases"), pl.col("price").median().alias("median"))
        .sort("purchases", "name", descending=[True, False])
        .head(AREAS)
        .sort("median", "name", descending=[True, False])
    )
    return [
        Area(name=Sentence(name, chinese), purchases=purchases, median=round(median, 4))
        for name, chinese, purchases, median in rows.iter_rows()
    ]


def read(found: Prices) -> list[Sentence]:
    """What is paid, and below the list."""
    if not any(found.bins):
        return [Sentence("No purchase says what was paid.", "没有购买说明付了多少钱。")]
    said = [
        Sentence(
            f"The median price paid is {amount(found.median)} {found.currency}; nine in ten lie between "
            f"{amount(found.p5)} and {amount(found.p95)}.",
            f"成交价中位数为 {amount(found.median)} {found.currency}；"
            f"九成在 {amount(found.p5)} 到 {amount(found.p95)} 之间。",
        )
    ]
    if found.listed:
        said.append(
            Sentence(
                f"{share(found.listed)} of the purchases name a list price too; {share(found.discounted)} of those "
                f"paid less, {share(found.discount)} less on average.",
                f"{share(found.listed)} 的购买同时写明标价；其中 {share(found.discounted)} 低于标价，"
                f"平均便宜 {share(found.discount)}。",
            )
        )
    if found.known < 1:
        said.append(
            Sentence(
                f"{share(1 - found.known)} of the purchases do not say what was paid.",
                f"{share(1 - found.known)} 的购买没有价格。",
            )
        )
    return said


def draw(found: Prices) -> list[Chart]:
    """The distribution, and the middle of each large category."""
    if not any(found.bins):
        return []
    charts = [
        Chart(
            Sentence(f"Price paid per unit, {found.currency}", f"单件成交价（{found.currency}）"),
            Sentence(
                f"Half of the purchases cost {amount(found.median)} or less.",
                f"一半的购买不超过 {amount(found.median)}。",
            ),
            Columns(trimmed(found.names, found.bins), Sentence(f"{found.currency}, from", f"{found.currency}，起")),
        )
    ]
    if found.areas:
        dear = found.areas[0]
        charts.append(
            Chart(
                Sentence(f"Median price by category, {found.currency}", f"各品类成交价中位数（{found.currency}）"),
                Sentence(
                    f"{dear.name.en} is dearest, at {amount(dear.median)}.",
                    f"{dear.name.zh}最贵，为 {amount(dear.median)}。",
                ),
                Bars([(area.name, area.median) for area in found.areas]),
            )
        )
    return charts


def compare(before: Picture, now: Picture) -> list[Drift]:
    """Prices paid."""
    paid = [each.purchases["price"].drop_nulls().to_numpy() for each in (before, now)]
    title = Sentence("Prices paid per unit", "单件成交价")
    return [of_values("prices", title, price_edges(), [f"≥ {name}" for name in price_names()], *paid)]


SUBJECT = Subject(
    order=80,
    title=Sentence("Prices", "价格"),
    asks=Sentence("What is paid, and how often below the list?", "成交价多少？多常低于标价？"),
    measure=measure,
    read=read,
    draw=draw,
    compare=compare,
)
