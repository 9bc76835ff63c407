"""New shoppers and new items by week: who and what the log had not seen before."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from lingxi.insight.charts import Chart, Lines
from lingxi.insight.picture import RECENT_DAYS, Picture
from lingxi.insight.said import Sentence, count, day_of, part_of, share
from lingxi.insight.subject import Advice, Subject
from lingxi.insight.weeks import WEEK, days_from, span, week_of

MANY = 0.05


class Newcomers(Struct, frozen=True, kw_only=True):
    """By week from `first_week` (ISO) on: shoppers with their first act, items with their first act of anyone, and
    active shoppers. The first weeks of a log meet everyone for the first time. `recent_*`: first met in the last 28
    days, of those active in them."""

    first_week: str
    shoppers: list[int]
    items: list[int]
    active_shoppers: list[int]
    recent_shoppers: float
    recent_items: float


def measure(picture: Picture) -> Newcomers:
    """Finds the first day of every shopper and item."""
    acts = picture.acts
    if not len(acts):
        return Newcomers(first_week="", shoppers=[], items=[], active_shoppers=[], recent_shoppers=0, recent_items=0)
    first_day, last = span(acts)
    weeks = -(-(last - first_day + 1) // WEEK)
    first = last + 1 - weeks * WEEK
    people, things = (acts.filter(pl.col(who) >= 0) for who in ("shopper", "item"))
    active = people.group_by(week_of(first)).agg(pl.col("shopper").n_unique())
    return Newcomers(
        first_week=day_of(first),
        shoppers=_weekly(people, "shopper", first, weeks),
        items=_weekly(things, "item", first, weeks),
        active_shoppers=_table(dict(active.iter_rows()), weeks),
        recent_shoppers=_recent(people, "shopper", last),
        recent_items=_recent(things, "item", last),
    )


def _weekly(acts: pl.DataFrame, who: str, first: int, weeks: int) -> list[int]:
    met = acts.group_by(who).agg(((pl.col("day").min() - first) // WEEK).alias("week"))
    return _table(dict(met.group_by("week").len().iter_rows()), weeks)


def _table(found: dict[int, int], weeks: int) -> list[int]:
    return [found.get(week, 0) for week in range(weeks)]


def _recent(acts: pl.DataFrame, who: str, last: int) -> float:
    """Of those active in the last 28 days, the share first met in them."""
    days = acts.group_by(who).agg(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"))
    active = days.filter(pl.col("last") > last - RECENT_DAYS)
    return part_of(int((active["first"] > last - RECENT_DAYS).sum()), len(active))


def read(found: Newcomers) -> list[Sentence]:
    """How many are new."""
    if not found.shoppers:
        return [Sentence("Nobody was here yet.", "还没有人来过。")]
    return [
        Sentence(
            f"Of those active in the last {RECENT_DAYS} days, {share(found.recent_shoppers)} of the shoppers and "
            f"{share(found.recent_items)} of the items were first met in them.",
            f"最近 {RECENT_DAYS} 天活跃的顾客中 {share(found.recent_shoppers)} 是新面孔，商品中 "
            f"{share(found.recent_items)} 是首次出现。",
        )
    ]


def draw(found: Newcomers) -> list[Chart]:
    """Both by week."""
    if len(found.shoppers) < 2:
        return []
    days = days_from(found.first_week, len(found.shoppers))
    return [
        Chart(
            Sentence("New and active shoppers by week", "每周新顾客与活跃顾客"),
            Sentence(
                f"{count(found.shoppers[-1])} new among {count(found.active_shoppers[-1])} active in the last week.",
                f"最后一周 {count(found.active_shoppers[-1])} 位活跃顾客中有 {count(found.shoppers[-1])} 位新顾客。",
            ),
            Lines(
                days,
                [
                    (Sentence("active", "活跃"), [float(n) for n in found.active_shoppers]),
                    (Sentence("new", "新"), [float(n) for n in found.shoppers]),
                ],
            ),
        ),
        Chart(
            Sentence("Items met for the first time by week", "每周首次出现的商品"),
            Sentence(
                f"{count(found.items[-1])} in the last week, after {count(found.items[0])} in the first.",
                f"最后一周 {count(found.items[-1])} 种，第一周 {count(found.items[0])} 种。",
            ),
            Lines(days, [(Sentence("new items", "新商品"), [float(n) for n in found.items])], filled=True),
        ),
    ]


def advise(found: Newcomers) -> list[Advice]:
    """Whether new items need a way in."""
    if found.recent_items < MANY:
        return []
    return [
        Advice(
            "surface",
            Sentence(
                "New items come in steadily: post them with category and price before they sell, so that `new` and "
                "`same_category` can show them.",
                "新商品不断出现：请在开卖前就带上品类和价格登记，`new` 和 `same_category` 才能展示它们。",
            ),
            read(found)[0],
        )
    ]


SUBJECT = Subject(
    order=70,
    title=Sentence("New shoppers and new items", "新顾客与新商品"),
    asks=Sentence("Who and what was not there before?", "哪些人和商品是新的？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
)
