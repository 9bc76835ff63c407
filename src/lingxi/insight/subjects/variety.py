"""Variety: how different the things of a basket are, how far from the best sellers, how true to the shopper's past."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.insight.charts import Chart, Columns
from lingxi.insight.picture import Picture
from lingxi.insight.said import Sentence, amount, count, share
from lingxi.insight.subject import Advice, Subject
from lingxi.metrics.calibration import miscalibration
from lingxi.metrics.diversity import diversity
from lingxi.metrics.novelty import novelty

BASKETS = 20_000
"""How many of the newest baskets are looked at."""
VARIED = 0.5
FIFTHS = ("0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %")
Ints = np.ndarray[Any, np.dtype[np.int32]]


class Variety(Struct, frozen=True, kw_only=True):
    """Means over the newest `baskets`: the share of a basket's pairs that are of different categories (`diversity`),
    the bits that a line tells, −log2 of its item's share of all purchases (`novelty`), and the bits by which the
    basket's categories are off those that the shopper bought before (`miscalibration`). None: nothing to measure.
    `varied` counts the baskets by their diversity, in fifths."""

    baskets: int
    diversity: float | None
    novelty: float | None
    miscalibration: float | None
    varied: list[int]


def measure(picture: Picture) -> Variety:
    """Looks at whole baskets as a training's report looks at slates."""
    category = picture.items["category"].to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    baskets, before = _baskets(picture.purchases)
    acts = np.bincount(picture.purchases["item"].to_numpy(), minlength=len(category)).astype(np.int64)
    longest = max(map(len, baskets), default=0)
    apart = diversity(baskets, longest, category)
    return Variety(
        baskets=len(baskets),
        diversity=_mean(apart),
        novelty=_mean(novelty(baskets, longest, acts)),
        miscalibration=_mean(miscalibration(baskets, longest, before, category)),
        varied=np.histogram(apart[np.isfinite(apart)], len(FIFTHS), (0.0, 1.0))[0].tolist(),
    )


def _baskets(purchases: pl.DataFrame) -> tuple[list[Ints], list[Ints]]:
    """The items of the newest baskets, and what the same shoppers bought before each."""
    if purchases.is_empty():
        return [], []
    key = pl.when(pl.col("order").is_null()).then("at").otherwise("order").alias("basket")
    lines = purchases.select("shopper", "at", "item", key)
    newest = lines.group_by("shopper", "basket").agg(pl.col("at").min(), "item").sort("at", "shopper").tail(BASKETS)
    own = lines.filter(pl.col("shopper").is_in(newest["shopper"].unique().implode())).sort("shopper", "at")
    shoppers, first = np.unique(own["shopper"].to_numpy(), return_index=True)
    start = dict(zip(shoppers.tolist(), first.tolist(), strict=True))
    end = dict(zip(shoppers.tolist(), [*first[1:].tolist(), len(own)], strict=True))
    at, item = own["at"].to_numpy(), own["item"].to_numpy()
    before = []
    for shopper, begun in newest.select("shopper", "at").iter_rows():
        here = slice(start[shopper], end[shopper])
        before.append(item[here][: int(np.searchsorted(at[here], begun))])
    return [np.array(each, np.int32) for each in newest["item"].to_list()], before


def _mean(values: np.ndarray[Any, Any]) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(known.mean()), 4) if len(known) else None


def read(found: Variety) -> list[Sentence]:
    """How varied, how unusual, how true."""
    if not found.baskets:
        return [Sentence("Nothing was bought yet.", "还没有购买。")]
    said = []
    if found.diversity is not None:
        said.append(
            Sentence(
                f"Of two things in one of the newest {count(found.baskets)} baskets, {share(found.diversity)} are of "
                "different categories.",
                f"最近 {count(found.baskets)} 个购物篮中，同篮两件商品有 {share(found.diversity)} 属于不同分类。",
            )
        )
    if found.novelty is not None:
        said.append(
            Sentence(
                f"A line tells {amount(found.novelty)} bits: as rare as one item of {count(round(2**found.novelty))}.",
                f"每行平均信息量 {amount(found.novelty)} 比特：相当于 {count(round(2**found.novelty))} 种商品之一。",
            )
        )
    if found.miscalibration is not None:
        said.append(
            Sentence(
                f"A basket is {amount(found.miscalibration)} bits off the categories its shopper bought before: a "
                "slate need not follow them more closely than that.",
                f"购物篮与顾客以往分类占比相差 {amount(found.miscalibration)} 比特：推荐不必比这更贴近以往。",
            )
        )
    return said or [Sentence("No item that was bought has a category.", "售出的商品都没有分类。")]


def draw(found: Variety) -> list[Chart]:
    """How varied baskets are."""
    if found.diversity is None:
        return []
    title = Sentence("How varied baskets are", "购物篮的多样程度")
    reading = Sentence(
        f"In the mean basket {share(found.diversity)} of the pairs are of different categories.",
        f"平均每篮有 {share(found.diversity)} 的商品对属于不同分类。",
    )
    pairs = Sentence("pairs of different categories", "不同分类的商品对占比")
    return [Chart(title, reading, Columns(list(zip(FIFTHS, found.varied, strict=True)), pairs))]


def advise(found: Variety) -> list[Advice]:
    """Whether slates should be varied."""
    if found.diversity is None or found.diversity < VARIED:
        return []
    do = Sentence(
        "Keep the slates varied: shoppers fill one basket from many categories.",
        "保持推荐多样：顾客一篮会买多个分类。",
    )
    return [Advice("surface", do, read(found)[0])]


SUBJECT = Subject(
    order=45,
    title=Sentence("Variety", "多样性"),
    asks=Sentence(
        "How different are the things of one basket, and from what was bought before?",
        "同篮商品差异多大？与以往相比呢？",
    ),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
)
