"""Visits: acts of one shopper with less than half an hour between them. How long they are, and how often they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.insight.bins import HISTORIES, SIZES, counts, edges_of, froms_of, names_of, trimmed
from lingxi.insight.charts import Chart, Columns
from lingxi.insight.drift import Drift, of_values
from lingxi.insight.picture import Picture
from lingxi.insight.said import Sentence, amount, count, part_of, share
from lingxi.insight.subject import Advice, Subject

GAP_MINUTES = 30
MINUTE = 60_000_000
LONG_HISTORY = 20
SHORT_HISTORY = 5


class Visits(Struct, frozen=True, kw_only=True):
    """Visits and their acts (impressions are none). `lengths` and `histories` count visits and shoppers by their acts,
    in bins that begin at `starts` and `history_starts`; `minutes` is the median length of visits with acts at more than
    one time."""

    visits: int
    shoppers: int
    median_acts: float
    p95_acts: float
    single: float
    minutes: float
    median_visits: float
    median_history: float
    p95_history: float
    starts: list[int]
    lengths: list[int]
    history_starts: list[int]
    histories: list[int]


def visits_of(picture: Picture) -> pl.DataFrame:
    """One row a visit: `shopper`, `acts`, `minutes` from its first to its last act."""
    acts = picture.acts.filter(pl.col("shopper") >= 0).select("shopper", "at").sort("shopper", "at")
    fresh = (pl.col("at") - pl.col("at").shift(1) > GAP_MINUTES * MINUTE) | (
        pl.col("shopper") != pl.col("shopper").shift(1)
    )
    numbered = acts.with_columns(fresh.fill_null(True).cum_sum().alias("visit"))
    return numbered.group_by("visit").agg(
        pl.col("shopper").first(),
        pl.len().alias("acts"),
        ((pl.col("at").max() - pl.col("at").min()) / MINUTE).alias("minutes"),
    )


def measure(picture: Picture) -> Visits:
    """Cuts the acts of each shopper into visits."""
    visits = visits_of(picture)
    acts = visits["acts"].to_numpy()
    shoppers = visits.group_by("shopper").agg(pl.len().alias("visits"), pl.col("acts").sum())
    history = shoppers["acts"].to_numpy()
    longer = visits.filter(pl.col("minutes") > 0)["minutes"].to_numpy()
    return Visits(
        visits=len(visits),
        shoppers=len(shoppers),
        median_acts=_quantile(acts, 50),
        p95_acts=_quantile(acts, 95),
        single=part_of(int((acts == 1).sum()), len(acts)),
        minutes=_quantile(longer, 50),
        median_visits=_quantile(shoppers["visits"].to_numpy(), 50),
        median_history=_quantile(history, 50),
        p95_history=_quantile(history, 95),
        starts=list(SIZES),
        lengths=counts(acts, edges_of(SIZES)),
        history_starts=list(HISTORIES),
        histories=counts(history, edges_of(HISTORIES)),
    )


def _quantile(values: np.ndarray[Any, Any], percent: float) -> float:
    return round(float(np.percentile(values, percent)), 3) if len(values) else 0.0


def read(found: Visits) -> list[Sentence]:
    """How often, how long."""
    if not found.visits:
        return [Sentence("There is no visit yet.", "还没有到访。")]
    return [
        Sentence(
            f"{count(found.visits)} visits by {count(found.shoppers)} shoppers; the median shopper came "
            f"{amount(found.median_visits)} times and left {amount(found.median_history)} acts.",
            f"{count(found.shoppers)} 位顾客到访 {count(found.visits)} 次；"
            f"中位顾客来过 {amount(found.median_visits)} 次，留下 {amount(found.median_history)} 个行为。",
        ),
        Sentence(
            f"Half of the visits have {amount(found.median_acts)} acts or fewer, {share(found.single)} just one. "
            f"A visit ends after {GAP_MINUTES} minutes without an act.",
            f"一半的到访不超过 {amount(found.median_acts)} 个行为，{share(found.single)} 只有一个。"
            f"{GAP_MINUTES} 分钟没有行为即算离开。",
        ),
    ]


def draw(found: Visits) -> list[Chart]:
    """Acts per visit, acts per shopper."""
    if not found.visits:
        return []
    acts = Sentence("acts", "行为数")
    return [
        Chart(
            Sentence("Acts in a visit", "每次到访的行为数"),
            Sentence(
                f"The median visit has {amount(found.median_acts)} acts, one in twenty more than "
                f"{amount(found.p95_acts)}.",
                f"中位数为 {amount(found.median_acts)}，每二十次到访有一次超过 {amount(found.p95_acts)}。",
            ),
            Columns(trimmed(names_of(found.starts), found.lengths), acts),
        ),
        Chart(
            Sentence("Acts of a shopper, all visits", "每位顾客的全部行为数"),
            Sentence(
                f"The median shopper left {amount(found.median_history)}, one in twenty more than "
                f"{amount(found.p95_history)}.",
                f"中位顾客留下 {amount(found.median_history)} 个，每二十位有一位超过 {amount(found.p95_history)} 个。",
            ),
            Columns(trimmed(froms_of(found.history_starts), found.histories), Sentence("acts, from", "行为数，起")),
        ),
    ]


def advise(found: Visits) -> list[Advice]:
    """Which kind of model has something to read."""
    if not found.visits:
        return []
    because = read(found)[0]
    if found.median_history >= LONG_HISTORY:
        do = Sentence(
            "Histories are long: train `sequence`, which reads them in order.",
            "历史够长：训练 `sequence`，它按顺序读历史。",
        )
    elif found.median_history >= SHORT_HISTORY:
        do = Sentence(
            "Histories are short: train `sequence`, and expect much of its gain from the visit at hand; "
            "`item_knn` is the baseline to beat.",
            "历史较短：可训练 `sequence`，收益主要来自当次到访；要超过的基线是 `item_knn`。",
        )
    else:
        do = Sentence(
            "Most shoppers are nearly unknown: `item_knn` on the visit at hand, then `popular`; a sequence model has "
            "little to read yet.",
            "多数顾客几乎没有历史：先用当次到访上的 `item_knn`，再用 `popular`；序列模型暂时没有多少可读。",
        )
    return [Advice("model", do, because)]


def compare(before: Picture, now: Picture) -> list[Drift]:
    """Acts in a visit."""
    sides = [visits_of(each)["acts"].to_numpy() for each in (before, now)]
    title = Sentence("Acts in a visit", "每次到访的行为数")
    return [of_values("visit_acts", title, edges_of(SIZES), list(names_of(SIZES)), *sides)]


SUBJECT = Subject(
    order=30,
    title=Sentence("Visits and histories", "到访与历史"),
    asks=Sentence("How long are visits, and how much is known of a shopper?", "每次到访多长？对一位顾客了解多少？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
    compare=compare,
)
