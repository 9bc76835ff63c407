"""What is bought again: the share of repeats, and after how many days, by category."""

from __future__ import annotations

import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.insight.bins import CYCLES, counts, edges_of, names_of, trimmed
from lingxi.insight.charts import Bars, Chart, Columns, Lines
from lingxi.insight.drift import Drift, of_counts
from lingxi.insight.picture import DAY, RECENT_DAYS, Picture, with_category
from lingxi.insight.said import Sentence, amount, count, part_of, share
from lingxi.insight.subject import Advice, Subject
from lingxi.insight.weeks import days_from, weekly

CATEGORIES = 12
MOSTLY = 0.5
SOME = 0.2


class Category(Struct, frozen=True, kw_only=True):
    """A category by its purchases: the share that are repeats, and the median days between two purchases of one item
    by one shopper (None: nothing was bought twice)."""

    name: Sentence
    purchases: int
    repeats: float
    cycle_days: float | None


class Repeats(Struct, frozen=True, kw_only=True):
    """A repeat is a purchase of an item that the same shopper had bought at an earlier time.

    `share` is over all purchases, `recent_share` over those of the last 28 days, which have more past to look back on.
    `weekly`: the share by week from `first_week` (ISO) on, None without a purchase. `cycles` counts repeats by the
    days since the last time, in bins that begin at `starts` (below a day: the first). `again`: pairs of shopper and
    item bought at two times or more, of all pairs.
    """

    purchases: int
    share: float
    recent_purchases: int
    recent_share: float
    again: float
    cycle_days: float | None
    starts: list[int]
    cycles: list[int]
    first_week: str
    weekly: list[float | None]
    categories: list[Category]


def measure(picture: Picture) -> Repeats:
    """Counts repeats, all in all, by week and by category."""
    bought, recent = picture.purchases, picture.recent()
    repeat = pl.col("gap").is_not_null()
    gaps = bought["gap"].drop_nulls()
    pairs = bought.group_by("shopper", "item").agg(repeat.any().alias("again"))
    first, shares = weekly(bought, repeat)
    return Repeats(
        purchases=len(bought),
        share=part_of(len(gaps), len(bought)),
        recent_purchases=len(recent),
        recent_share=part_of(len(recent["gap"].drop_nulls()), len(recent)),
        again=part_of(int(pairs["again"].sum()), len(pairs)),
        cycle_days=_median(gaps),
        starts=list(CYCLES),
        cycles=counts(np.maximum(np.ceil(gaps.to_numpy()), 1), edges_of(CYCLES)),
        first_week=first,
        weekly=shares,
        categories=_categories(picture),
    )


def _median(gaps: pl.Series) -> float | None:
    middle = gaps.median()
    return round(float(middle), 2) if isinstance(middle, float) else None


def _categories(picture: Picture) -> list[Category]:
    """The categories with the most purchases."""
    rows = (
        with_category(picture.purchases, picture.items, "gap")
        .filter(pl.col("category").is_not_null())
        .group_by("category")
        .agg(
            pl.col("category_zh").first(),
            pl.len().alias("purchases"),
            pl.col("gap").is_not_null().mean().alias("repeats"),
            pl.col("gap").median().alias("cycle"),
        )
        .sort("purchases", "category", descending=[True, False])
        .head(CATEGORIES)
    )
    return [
        Category(
            name=Sentence(_last(name), _last(chinese)),
            purchases=purchases,
            repeats=round(repeats, 4),
            cycle_days=None if cycle is None else round(cycle, 2),
        )
        for name, chinese, purchases, repeats, cycle in rows.iter_rows()
    ]


def _last(path: str) -> str:
    """The special end of a category's path."""
    return path.rsplit(" > ", 1)[-1]


def read(found: Repeats) -> list[Sentence]:
    """How much, and how soon."""
    if not found.purchases:
        return [Sentence("Nothing was bought yet.", "还没有购买。")]
    recent = share(found.recent_share)
    said = [
        Sentence(
            f"{recent} of the purchases in the last {RECENT_DAYS} days are repeats: the shopper had bought the same "
            f"item before ({share(found.share)} over the whole log, whose beginning has no past).",
            f"最近 {RECENT_DAYS} 天的购买中，{recent} 是复购：顾客以前买过同一商品"
            f"（全部日志为 {share(found.share)}，开头没有历史）。",
        )
    ]
    if found.cycle_days is not None:
        said.append(
            Sentence(
                f"Half of the repeats come within {amount(found.cycle_days)} days.",
                f"一半的复购发生在 {amount(found.cycle_days)} 天之内。",
            )
        )
    return said


def draw(found: Repeats) -> list[Chart]:
    """Repeats by week, by category, and the cycles."""
    if not found.purchases:
        return []
    days = days_from(found.first_week, len(found.weekly))
    known = [value for value in found.weekly if value is not None]
    charts = [
        Chart(
            Sentence("Share of repeats by week", "每周复购占比"),
            Sentence(
                f"From {share(known[0])} in the first week to {share(known[-1])} in the last; it rises at first "
                "because the log has a beginning.",
                f"从第一周的 {share(known[0])} 到最后一周的 {share(known[-1])}；起初上升是因为日志有起点。",
            ),
            Lines(days, [(Sentence("repeats", "复购"), found.weekly)], share=True),
        )
    ]
    if any(found.cycles):
        charts.append(_cycles(found))
    if found.categories:
        charts += _by_category(found.categories)
    return charts


def _cycles(found: Repeats) -> Chart:
    middle = amount(found.cycle_days or 0)
    return Chart(
        Sentence("Days until the same is bought again", "再次购买间隔天数"),
        Sentence(f"The median is {middle} days.", f"中位数为 {middle} 天。"),
        Columns(trimmed(names_of(found.starts), found.cycles), Sentence("days", "天")),
    )


def _by_category(categories: list[Category]) -> list[Chart]:
    most = max(categories, key=lambda each: each.repeats)
    charts = [
        Chart(
            Sentence("Repeats by category", "各品类复购占比"),
            Sentence(
                f"{most.name.en} leads: {share(most.repeats)} of its {count(most.purchases)} purchases are repeats.",
                f"{most.name.zh}最高：{count(most.purchases)} 次购买中 {share(most.repeats)} 是复购。",
            ),
            Bars([(each.name, each.repeats) for each in categories], share=True),
        )
    ]
    cycles = [(each.name, each.cycle_days) for each in categories if each.cycle_days is not None]
    if cycles:
        soonest = min(cycles, key=lambda each: each[1])
        charts.append(
            Chart(
                Sentence("Purchase cycle by category, days", "各品类购买周期（天）"),
                Sentence(
                    f"{soonest[0].en} comes back soonest: after {amount(soonest[1])} days.",
                    f"{soonest[0].zh}最快：{amount(soonest[1])} 天后再买。",
                ),
                Bars(cycles),
            )
        )
    return charts


def advise(found: Repeats) -> list[Advice]:
    """What to show first."""
    if not found.purchases:
        return []
    part = share(found.recent_share)
    because = Sentence(
        f"{part} of the {count(found.recent_purchases)} purchases in the last {RECENT_DAYS} days are repeats.",
        f"最近 {RECENT_DAYS} 天的 {count(found.recent_purchases)} 次购买中，{part} 是复购。",
    )
    if found.recent_share >= MOSTLY:
        do = Sentence(
            f"{part} of purchases are repeats: buy again first. Give `buy_again` the top of the home page, and judge "
            "models on what is new to the shopper as well.",
            f"{part} 的购买是复购：先放“再次购买”。把 `buy_again` 放在首页最上方，评判模型时也要单看对顾客是新的部分。",
        )
    elif found.recent_share >= SOME:
        do = Sentence(
            "Some of it is bought again: `buy_again` deserves a row, discovery the top of the page.",
            "有一部分会复购：给 `buy_again` 一行，首页最上方留给发现新品。",
        )
    else:
        do = Sentence(
            "Hardly anything is bought again: leave `buy_again` out, filter what was bought, and put discovery first "
            "(`home`, `similar`).",
            "几乎没有复购：不放 `buy_again`，滤掉已买的，发现新品优先（`home`、`similar`）。",
        )
    return [Advice("surface", do, because)]


def compare(before: Picture, now: Picture) -> list[Drift]:
    """Repeats among the purchases, looking back equally far on both sides: half of the shorter one."""
    back = min(_length(each.purchases) for each in (before, now)) / 2
    one, two = (_repeated(each.purchases, back) for each in (before, now))
    days = amount(back)
    title = Sentence(f"Repeats within {days} days", f"{days} 天内的复购")
    return [of_counts("repeats", title, [Sentence("repeats", "复购"), Sentence("others", "其他")], one, two)]


def _length(bought: pl.DataFrame) -> float:
    """Days from the first to the last purchase."""
    return (bought["at"][-1] - bought["at"][0]) / DAY if len(bought) else 0.0


def _repeated(bought: pl.DataFrame, back: float) -> list[int]:
    """Of the purchases with so many days of their side before them, those that repeat one of these days, and others."""
    if not len(bought):
        return [0, 0]
    late = bought.filter(pl.col("at") >= bought["at"][0] + back * DAY)
    repeats = int((late["gap"] <= back).sum())
    return [repeats, len(late) - repeats]


SUBJECT = Subject(
    order=50,
    title=Sentence("What is bought again", "复购"),
    asks=Sentence("How much is bought again, and after how long?", "有多少会再买？隔多久？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
    compare=compare,
)
