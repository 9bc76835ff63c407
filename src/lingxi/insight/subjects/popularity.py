"""How unevenly items sell, and how fast that changes."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.insight.charts import Chart, Curve, Label
from lingxi.insight.drift import Drift, of_counts
from lingxi.insight.picture import Picture, with_category
from lingxi.insight.said import Sentence, count, part_of, share
from lingxi.insight.subject import Advice, Subject
from lingxi.insight.weeks import WEEK, span
from lingxi.metrics.concentration import gini

TOP = 100
LAGS = (1, 2, 3, 4, 6, 8, 10, 13, 17, 21, 26)
POINTS = 100
FEW = 10
"""Of fewer best sellers no pace can be told."""
LASTING = 0.5
WATCHED_ITEMS = 200
WATCHED_CATEGORIES = 40
SHOWN = 12
REST = Sentence("the rest", "其余")


class Popularity(Struct, frozen=True, kw_only=True):
    """Purchase lines by item. `curve`: the share of purchases by the best-selling share of the items sold. `gini` is 0
    when all items sell equally, 1 when one sells alone. `kept[lag]`: of the `top` best sellers of a week (a tenth of
    the items sold, TOP at most), the share that are among those of the week `lag` weeks later, on average."""

    purchases: int
    sold: int
    top_1_percent: float
    top_10_percent: float
    gini: float
    once: float
    curve: list[tuple[float, float]]
    top: int
    kept: dict[int, float]


def measure(picture: Picture) -> Popularity:
    """Counts purchases by item, and the best sellers of each week."""
    sales = np.sort(picture.purchases.group_by("item").len()["len"].to_numpy())[::-1].astype(np.float64)
    heads = np.concatenate([[0.0], np.cumsum(sales) / max(sales.sum(), 1.0)])
    top = min(TOP, max(1, len(sales) // 10))
    return Popularity(
        purchases=len(picture.purchases),
        sold=len(sales),
        top_1_percent=_head(heads, 0.01),
        top_10_percent=_head(heads, 0.10),
        gini=gini(sales),
        once=part_of(int((sales == 1).sum()), len(sales)),
        curve=_curve(heads),
        top=top,
        kept=_kept(picture.purchases, top),
    )


def _head(heads: np.ndarray[Any, Any], part: float) -> float:
    """The share of purchases by the best-selling `part` of the items, interpolated between whole items."""
    n = len(heads) - 1
    return round(float(np.interp(part * n, np.arange(n + 1), heads)), 4) if n else 0.0


def _curve(heads: np.ndarray[Any, Any]) -> list[tuple[float, float]]:
    n = len(heads) - 1
    if not n:
        return []
    at = np.linspace(0, 1, POINTS + 1) ** 2
    return [(round(float(x), 5), round(float(np.interp(x * n, np.arange(n + 1), heads)), 5)) for x in at]


def _kept(purchases: pl.DataFrame, top: int) -> dict[int, float]:
    """How many best sellers are left after some weeks; weeks are counted back from the last day and are whole."""
    if not len(purchases):
        return {}
    first, last = span(purchases)
    weeks = (last - first + 1) // WEEK
    ranked = (
        purchases.group_by(((last - pl.col("day")) // WEEK).alias("ago"), "item")
        .len()
        .filter(pl.col("ago") < weeks)
        .sort("ago", "len", "item", descending=[False, True, False])
        .group_by("ago", maintain_order=True)
        .head(top)
    )
    best = {ago: set(items) for ago, items in ranked.group_by("ago").agg("item").iter_rows()}
    found = {}
    for lag in LAGS:
        parts = [part_of(len(best[ago + lag] & best[ago]), len(best[ago + lag])) for ago in best if ago + lag in best]
        if parts:
            found[lag] = round(float(np.mean(parts)), 4)
    return found


def read(found: Popularity) -> list[Sentence]:
    """How uneven, how lasting."""
    if not found.purchases:
        return [Sentence("Nothing was bought yet.", "还没有购买。")]
    said = [
        Sentence(
            f"A tenth of the {count(found.sold)} items sold makes {share(found.top_10_percent)} of the purchases, "
            f"a hundredth {share(found.top_1_percent)}; {share(found.once)} sold a single time.",
            f"售出的 {count(found.sold)} 种商品中，前十分之一占购买的 {share(found.top_10_percent)}，前百分之一占 "
            f"{share(found.top_1_percent)}；{share(found.once)} 只卖出一次。",
        )
    ]
    if found.kept:
        lag = 4 if 4 in found.kept else max(found.kept)
        said.append(
            Sentence(
                f"Of a week's {found.top} best sellers {share(found.kept[lag])} are still that {_weeks(lag)} later.",
                f"一周的前 {found.top} 名畅销品，{lag} 周后仍有 {share(found.kept[lag])} 在榜。",
            )
        )
    return said


def _weeks(lag: int) -> str:
    return "a week" if lag == 1 else f"{lag} weeks"


def draw(found: Popularity) -> list[Chart]:
    """The curve of concentration, and how long best sellers last."""
    if not found.purchases:
        return []
    items = Sentence("share of the items sold, best sellers first", "商品占比（畅销在前）")
    charts = [
        Chart(
            Sentence("How purchases gather on few items", "购买的集中程度"),
            Sentence(
                f"A tenth of the items makes {share(found.top_10_percent)} of the purchases; the straight line would "
                f"be equal sales (Gini {found.gini:.2f}).",
                f"十分之一的商品占 {share(found.top_10_percent)} 的购买；"
                f"直线代表销量均等（基尼系数 {found.gini:.2f}）。",
            ),
            Curve(found.curve, items, x_share=True, y_share=True, even=True),
        )
    ]
    if len(found.kept) > 1:
        near, far = min(found.kept), max(found.kept)
        charts.append(
            Chart(
                Sentence("How long best sellers last", "畅销能持续多久"),
                Sentence(
                    f"{share(found.kept[near])} are left after {_weeks(near)}, {share(found.kept[far])} after "
                    f"{_weeks(far)}.",
                    f"{near} 周后还剩 {share(found.kept[near])}，{far} 周后还剩 {share(found.kept[far])}。",
                ),
                Curve([(float(k), v) for k, v in found.kept.items()], Sentence("weeks later", "周后"), y_share=True),
            )
        )
    return charts


def advise(found: Popularity) -> list[Advice]:
    """How often to train, and whether the top is enough."""
    if not found.kept or found.top < FEW:
        return []
    lag = 4 if 4 in found.kept else max(found.kept)
    kept = found.kept[lag]
    because = Sentence(
        f"{share(kept)} of a week's {found.top} best sellers are still that {_weeks(lag)} later.",
        f"一周的前 {found.top} 名畅销品，{lag} 周后仍有 {share(kept)} 在榜。",
    )
    if kept >= LASTING:
        do = Sentence(
            "What sells changes slowly: a training a week is enough; live state follows the rest.",
            "畅销变化缓慢：每周训练一次即可，其余由实时状态跟上。",
        )
    else:
        do = Sentence(
            "What sells changes fast: train daily, and give `trending` a place.",
            "畅销变化很快：请每天训练，并给 `trending` 一个位置。",
        )
    return [Advice("model", do, because)]


def compare(before: Picture, now: Picture) -> list[Drift]:
    """Shares of the best-selling items and of the largest categories; the best of both sides together are watched."""
    items = Sentence(f"What sells: the {WATCHED_ITEMS} best sellers", f"什么好卖：前 {WATCHED_ITEMS} 名")
    categories = Sentence("Categories of what is bought", "所购商品的品类")
    ids, *sold = _shares([_by_id(each) for each in (before, now)], WATCHED_ITEMS)
    paths, *bought = _shares([_by_category(each) for each in (before, now)], WATCHED_CATEGORIES)
    ends = [path.rsplit(" > ", 1)[-1] if isinstance(path, str) else path for path in paths]
    found = (
        of_counts("popularity", items, _titles(ids, before, now), sold[0], sold[1], SHOWN),
        of_counts("categories", categories, ends, bought[0], bought[1], SHOWN),
    )
    # The rest counts, but beside it no other bar could be seen.
    return [msgspec.structs.replace(each, rows=[row for row in each.rows if row[0] != REST]) for each in found]


def _by_id(picture: Picture) -> dict[str, int]:
    """Purchases by item id, which is the same in every shop that sells it."""
    sales = picture.purchases.group_by("item").len()
    ids = picture.items["id"]
    return dict(zip(ids.gather(sales["item"]).to_list(), sales["len"].to_list(), strict=True))


def _titles(names: list[Label], before: Picture, now: Picture) -> list[Label]:
    """What these items are called, where a shop says it."""
    known: dict[str | Sentence, Label] = {}
    for side in (before, now):
        rows = side.items.filter(pl.col("id").is_in([name for name in names if isinstance(name, str)]))
        for id_, title, chinese in rows.select("id", "title", "title_zh").iter_rows():
            if title:
                known[id_] = Sentence(title, chinese)
    return [known.get(name, name) for name in names]


def _by_category(picture: Picture) -> dict[str, int]:
    sales = with_category(picture.purchases, picture.items).group_by("category").len()
    return {name: number for name, number in sales.iter_rows() if name is not None}


def _shares(sides: list[dict[str, int]], watched: int) -> tuple[list[Label], list[int], list[int]]:
    """Counts of the `watched` largest of both sides together by share, and of all others as one."""
    sums = [max(1, sum(side.values())) for side in sides]
    names = sorted({*sides[0], *sides[1]})
    weight = {name: sum(side.get(name, 0) / total for side, total in zip(sides, sums, strict=True)) for name in names}
    top = sorted(names, key=lambda name: -weight[name])[:watched]
    rows = [[side.get(name, 0) for name in top] for side in sides]
    rest = [sum(side.values()) - sum(row) for side, row in zip(sides, rows, strict=True)]
    return [*top, REST], [*rows[0], rest[0]], [*rows[1], rest[1]]


SUBJECT = Subject(
    order=60,
    title=Sentence("What sells, and for how long", "什么好卖、能卖多久"),
    asks=Sentence("How unevenly do items sell, and how fast does that change?", "销量有多集中？变化有多快？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
    compare=compare,
)
