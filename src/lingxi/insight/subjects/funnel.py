"""From a view to the cart to the purchase: of what a shopper looks at, how much is bought."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from lingxi.domain.event import KIND_CODE
from lingxi.insight.charts import Bars, Chart
from lingxi.insight.picture import PURCHASE, Picture
from lingxi.insight.said import Sentence, count, part_of, share
from lingxi.insight.subject import Advice, Subject

LOOKS = [KIND_CODE["view"], KIND_CODE["click"]]
CART = KIND_CODE["add_to_cart"]


class Funnel(Struct, frozen=True, kw_only=True):
    """Pairs of a shopper and an item: `viewed` (or clicked); of these `carted` at or after the first view; of those
    `bought` at or after that. `viewed_bought`: bought after a view, whether through the cart or not. `bought_pairs`
    counts all pairs bought, `unseen` those of them without a view before. Who is not recognised from view to purchase
    counts as two."""

    viewed: int
    carted: int
    bought: int
    viewed_bought: int
    bought_pairs: int
    unseen: int


def measure(picture: Picture) -> Funnel:
    """Finds the first view of each pair, the first cart after it and the first purchase after that."""
    acts = picture.events.filter((pl.col("item") >= 0) & (pl.col("shopper") >= 0)).select(
        "shopper", "item", "at", "kind"
    )
    pair = ["shopper", "item"]
    looks = acts.filter(pl.col("kind").is_in(LOOKS)).group_by(pair).agg(pl.col("at").min().alias("seen"))
    carts = _after(acts.filter(pl.col("kind") == CART), looks, "seen", "carted")
    bought = acts.filter(pl.col("kind") == PURCHASE)
    through = _after(bought, carts.select(*pair, "carted"), "carted", "bought")
    direct = _after(bought, looks, "seen", "bought")
    pairs = bought.select(pair).unique()
    return Funnel(
        viewed=len(looks),
        carted=len(carts),
        bought=len(through),
        viewed_bought=len(direct),
        bought_pairs=len(pairs),
        unseen=len(pairs) - len(direct),
    )


def _after(acts: pl.DataFrame, earlier: pl.DataFrame, since: str, name: str) -> pl.DataFrame:
    """The pairs that have an act at or after the one of `earlier`, with the time of the first such act as `name`."""
    pair = ["shopper", "item"]
    later = acts.join(earlier, on=pair).filter(pl.col("at") >= pl.col(since))
    return later.group_by(pair).agg(pl.col("at").min().alias(name))


def read(found: Funnel) -> list[Sentence]:
    """What becomes of a hundred looks."""
    if not found.viewed:
        return [
            Sentence(
                f"No view is in the log ({count(found.bought_pairs)} pairs of a shopper and an item were bought): "
                "the funnel cannot be seen.",
                f"日志里没有浏览（有 {count(found.bought_pairs)} 对“顾客与商品”发生购买），因此看不到漏斗。",
            )
        ]
    carted, bought = (part_of(part, found.viewed) for part in (found.carted, found.viewed_bought))
    unseen = share(part_of(found.unseen, found.bought_pairs))
    return [
        Sentence(
            f"Of {count(found.viewed)} items that a shopper looked at, {share(carted)} went into the cart and "
            f"{share(bought)} were bought.",
            f"顾客看过的 {count(found.viewed)} 件商品中，{share(carted)} 加入购物车，{share(bought)} 最终购买。",
        ),
        Sentence(
            f"{unseen} of what was bought had not been looked at before, as far as the log knows.",
            f"购买的商品中，有 {unseen} 在日志里没有先被浏览。",
        ),
    ]


def draw(found: Funnel) -> list[Chart]:
    """The three steps."""
    if not found.viewed:
        return []
    rows = [
        (Sentence("viewed", "浏览"), float(found.viewed)),
        (Sentence("put into the cart", "加购"), float(found.carted)),
        (Sentence("bought from the cart", "由购物车购买"), float(found.bought)),
        (Sentence("bought, any way", "购买（任何途径）"), float(found.viewed_bought)),
    ]
    kept = share(part_of(found.bought, found.carted))
    reading = Sentence(f"{kept} of what goes into a cart is bought.", f"加入购物车的有 {kept} 被买下。")
    if not found.carted:
        reading = Sentence("Nothing that was looked at went into a cart.", "看过的商品没有一件加入购物车。")
    return [
        Chart(
            Sentence("From view to purchase", "从浏览到购买"),
            reading,
            Bars(rows),
        )
    ]


def advise(found: Funnel) -> list[Advice]:
    """What the views allow."""
    if found.viewed:
        return []
    return [
        Advice(
            "data",
            Sentence(
                "Send views and carts too: `recently_viewed`, `co_view` and the trend of the hour live on them, and "
                "a shopper's next page then knows what was just looked at.",
                "请同时发送浏览和加购：`recently_viewed`、`co_view` 和实时热度都靠它们，"
                "顾客的下一页也能知道刚刚看了什么。",
            ),
            read(found)[0],
        )
    ]


SUBJECT = Subject(
    order=20,
    title=Sentence("From view to purchase", "从浏览到购买"),
    asks=Sentence("Of what a shopper looks at, how much is bought?", "顾客看过的，有多少买了？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
)
