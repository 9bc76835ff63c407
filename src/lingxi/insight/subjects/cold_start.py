"""Cold start: how much of what is bought now is by shoppers, and of items, of whom little is known."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from lingxi.insight.bins import counts
from lingxi.insight.charts import Chart, Columns
from lingxi.insight.picture import RECENT_DAYS, Picture
from lingxi.insight.said import Sentence, count, part_of, share
from lingxi.insight.subject import Advice, Subject

STEPS = (0, 1, 5, 20, 100)
NAMES = ("0", "1–4", "5–19", "20–99", "100+")
FEW = 5
MANY_COLD = 0.2


class ColdStart(Struct, frozen=True, kw_only=True):
    """Purchases of the last 28 days by how many purchase lines of the shopper, and of the item, lay before each, in
    bins that begin at `steps`. `cold_*`: the share with fewer than 5. `never_sold`: posted items without a purchase
    in the whole log, of all posted."""

    purchases: int
    steps: list[int]
    by_shopper: list[int]
    by_item: list[int]
    cold_shoppers: float
    cold_items: float
    first_items: float
    posted: int
    never_sold: float


def measure(picture: Picture) -> ColdStart:
    """Bins the recent purchases by what was known before each."""
    recent = picture.recent()
    edges = [*map(float, STEPS), float("inf")]
    n = len(recent)
    sold = picture.purchases["item"].unique()
    posted = picture.items.select(pl.int_range(pl.len(), dtype=pl.Int32).alias("no"), "posted").filter("posted")["no"]
    return ColdStart(
        purchases=n,
        steps=list(STEPS),
        by_shopper=counts(recent["shopper_before"].to_numpy(), edges),
        by_item=counts(recent["item_before"].to_numpy(), edges),
        cold_shoppers=part_of(int((recent["shopper_before"] < FEW).sum()), n),
        cold_items=part_of(int((recent["item_before"] < FEW).sum()), n),
        first_items=part_of(int((recent["item_before"] == 0).sum()), n),
        posted=len(posted),
        never_sold=part_of(int((~posted.is_in(sold.implode())).sum()), len(posted)),
    )


def read(found: ColdStart) -> list[Sentence]:
    """How much is known."""
    said = []
    if found.purchases:
        said.append(
            Sentence(
                f"{share(found.cold_shoppers)} of the purchases in the last {RECENT_DAYS} days are by shoppers with "
                f"fewer than {FEW} earlier ones, {share(found.cold_items)} are of items with fewer than {FEW} sales, "
                f"{share(found.first_items)} of items never sold before.",
                f"最近 {RECENT_DAYS} 天的购买中，{share(found.cold_shoppers)} 来自此前购买不足 {FEW} 次的顾客，"
                f"{share(found.cold_items)} 是此前售出不足 {FEW} 次的商品，"
                f"{share(found.first_items)} 是从未售出过的商品。",
            )
        )
    if found.posted:
        said.append(
            Sentence(
                f"{share(found.never_sold)} of {count(found.posted)} posted items never sold.",
                f"{count(found.posted)} 种登记商品中 {share(found.never_sold)} 从未售出。",
            )
        )
    return said or [Sentence("Nothing was bought yet.", "还没有购买。")]


def draw(found: ColdStart) -> list[Chart]:
    """By the shopper's past, by the item's past."""
    if not found.purchases:
        return []

    def chart(title: Sentence, reading: Sentence, bins: list[int]) -> Chart:
        parts = [(name, value / found.purchases) for name, value in zip(NAMES, bins, strict=True)]
        return Chart(title, reading, Columns(parts, Sentence("purchases before", "此前购买次数"), share=True))

    cold = (share(found.cold_shoppers), share(found.cold_items))
    return [
        chart(
            Sentence("Recent purchases by the shopper's past", "近期购买：按顾客历史"),
            Sentence(f"{cold[0]} by shoppers with fewer than {FEW}.", f"{cold[0]} 来自不足 {FEW} 次的顾客。"),
            found.by_shopper,
        ),
        chart(
            Sentence("Recent purchases by the item's past", "近期购买：按商品历史"),
            Sentence(f"{cold[1]} of items with fewer than {FEW}.", f"{cold[1]} 是不足 {FEW} 次的商品。"),
            found.by_item,
        ),
    ]


def advise(found: ColdStart) -> list[Advice]:
    """What carries where little is known."""
    if not found.purchases:
        return []
    because = read(found)[0]
    if found.cold_shoppers >= MANY_COLD:
        do = Sentence(
            "Many buyers are nearly unknown: what the visit shows must carry. Send views and searches with a session "
            "id, and judge models on new shoppers too.",
            "许多买家几乎没有历史：要靠当次到访。请带会话编号发送浏览和搜索，并在新顾客上单独评判模型。",
        )
    elif found.cold_items >= MANY_COLD:
        do = Sentence(
            "Many sales are of items hardly sold before: a model of ids alone cannot see them coming; categories and "
            "prices must be complete.",
            "许多销量来自此前几乎没卖过的商品：只看编号的模型预料不到，品类和价格必须完整。",
        )
    else:
        do = Sentence(
            "Shoppers and items are mostly known: a model learnt from the log can carry the home page.",
            "顾客和商品大多已有历史：由日志学来的模型可以撑起首页。",
        )
    return [Advice("model", do, because)]


SUBJECT = Subject(
    order=110,
    title=Sentence("Cold start", "冷启动"),
    asks=Sentence(
        "How much is bought by shoppers, and of items, that are hardly known?", "有多少购买来自几乎不了解的顾客或商品？"
    ),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
)
