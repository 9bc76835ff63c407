"""What the cleaning rules did: repaired, marked, held; by rule, by week, with examples."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from lingxi.domain.event import KINDS
from lingxi.insight.charts import Bars, Chart, Lines
from lingxi.insight.drift import Drift, of_counts
from lingxi.insight.picture import Picture, Rate
from lingxi.insight.said import Sentence, count, part_of, share
from lingxi.insight.subject import Advice, Subject
from lingxi.insight.weeks import days_from, weekly

SHOWN = 12
POPULAR = 20
MANY_HELD = 0.01
EFFECTS = {
    "repaired": Sentence("repaired", "已修正"),
    "marked": Sentence("marked", "存疑"),
    "held": Sentence("held", "隔离"),
}


class LeftOut(Struct, frozen=True, kw_only=True):
    """What training and live state leave out: events by mark (`cleaning.leave_out`), all of them, and what is left of
    each kind, as (with, without). `shoppers` are those with acts, `popular` the most popular items (20 at most) and how
    many of them still are."""

    marks: dict[str, int]
    events: int
    kinds: dict[str, tuple[int, int]]
    shoppers: tuple[int, int]
    popular: tuple[int, int]


class Cleaning(Struct, frozen=True, kw_only=True):
    """Events sent (stored and held) and what became of them; `weekly` is the share of stored events that a rule marked,
    by week from `first_week` (ISO) on."""

    stored: int
    marked: int
    repaired: int
    held: int
    rules: list[Rate]
    first_week: str
    weekly: list[float | None]
    left_out: LeftOut


def measure(picture: Picture) -> Cleaning:
    """Counts marks, repairs and what is in quarantine."""
    events = picture.events
    first, shares = weekly(events, pl.col("marks").is_not_null())
    return Cleaning(
        stored=len(events),
        marked=int(events["marks"].is_not_null().sum()),
        repaired=int(events["repairs"].is_not_null().sum()),
        held=picture.about.held,
        rules=picture.about.rules,
        first_week=first,
        weekly=shares,
        left_out=_left_out(picture),
    )


def _left_out(picture: Picture) -> LeftOut:
    """Compares the events with what is left of them."""
    # Few events are marked: only their names are taken apart.
    marked = picture.events.filter(pl.col("marks").is_not_null()).with_columns(
        pl.col("marks").cast(pl.String).str.split(",").alias("named")
    )
    wanted = list(picture.about.leave_out)
    gone = marked.filter(pl.col("named").list.eval(pl.element().is_in(wanted)).list.any())
    counts = dict(marked.explode("named").group_by("named").len().iter_rows())
    kinds = dict(gone.group_by("kind").len().iter_rows())
    all_kinds = picture.events.group_by("kind").len().sort("len", "kind", descending=[True, False])
    acts = picture.acts
    kept = acts.join(gone.select("seq"), on="seq", how="anti") if len(gone) else acts
    popular, after = _popular(acts), _popular(kept)
    return LeftOut(
        marks={mark: counts.get(mark, 0) for mark in wanted},
        events=len(gone),
        kinds={KINDS[kind]: (number, number - kinds.get(kind, 0)) for kind, number in all_kinds.iter_rows()},
        shoppers=(_shoppers(acts), _shoppers(kept)),
        popular=(len(popular), len(popular & after)),
    )


def _popular(acts: pl.DataFrame) -> set[int]:
    """The items with the most acts."""
    counts = acts.filter(pl.col("item") >= 0).group_by("item").len()
    return set(counts.sort("len", "item", descending=[True, False])["item"].head(POPULAR))


def _shoppers(acts: pl.DataFrame) -> int:
    return acts.filter(pl.col("shopper") >= 0)["shopper"].n_unique()


def read(found: Cleaning) -> list[Sentence]:
    """How much was touched."""
    sent = found.stored + found.held
    if not sent:
        return [Sentence("Nothing was sent yet.", "还没有收到数据。")]
    clean = 1 - part_of(found.held, sent)
    return [
        Sentence(
            f"Of {count(sent)} events sent {share(clean)} are stored; {count(found.repaired)} were repaired, "
            f"{count(found.marked)} are marked as doubtful, {count(found.held)} are held in quarantine.",
            f"收到的 {count(sent)} 个事件中 {share(clean)} 已入库；修正 {count(found.repaired)} 个，存疑 "
            f"{count(found.marked)} 个，隔离 {count(found.held)} 个。",
        ),
        *_read_left_out(found),
    ]


def _read_left_out(found: Cleaning) -> list[Sentence]:
    """What leaving out changes."""
    gone = found.left_out
    if not gone.marks:
        return [Sentence("Training and live state leave nothing out.", "训练与实时状态不排除任何事件。")]
    named = ", ".join(f"{mark} {count(number)}" for mark, number in gone.marks.items())
    first = Sentence(
        f"Training and live state leave out {count(gone.events)} of them ({named}).",
        f"训练与实时状态排除其中 {count(gone.events)} 个（{named}）。",
    )
    if not gone.events:
        return [first]
    less = {kind: 1 - part_of(after, before) for kind, (before, after) in gone.kinds.items() if after < before}
    kinds = ", ".join(f"{share(part)} of {kind}" for kind, part in less.items())
    zh = "、".join(f"{kind} 的 {share(part)}" for kind, part in less.items())
    lost = gone.shoppers[0] - gone.shoppers[1]
    others = gone.popular[0] - gone.popular[1]
    second = Sentence(
        f"That is {kinds}; {count(lost)} of {count(gone.shoppers[0])} shoppers did nothing else, and {count(others)} "
        f"of the {count(gone.popular[0])} most popular items give way to others.",
        f"即 {zh}；{count(gone.shoppers[0])} 位顾客中有 {count(lost)} 位再无其他行为，最热门的 "
        f"{count(gone.popular[0])} 件商品中有 {count(others)} 件被其他商品取代。",
    )
    return [first, second]


def draw(found: Cleaning) -> list[Chart]:
    """Events by rule, and the share in doubt by week."""
    if not found.rules:
        return []
    top = found.rules[0]
    effect = EFFECTS[top.effect]
    charts = [
        Chart(
            Sentence("Events by rule", "各规则涉及的事件"),
            Sentence(
                f"{top.rule} ({effect.en}) applied most: {count(top.events)} events, {share(top.share)} of all sent.",
                f"{top.rule}（{effect.zh}）最多：{count(top.events)} 个事件，占全部的 {share(top.share)}。",
            ),
            Bars([(rate.rule, float(rate.events)) for rate in found.rules[:SHOWN]]),
        )
    ]
    known = [value for value in found.weekly if value is not None]
    if len(known) > 1 and found.marked:
        days = days_from(found.first_week, len(found.weekly))
        charts.append(
            Chart(
                Sentence("Share of events in doubt by week", "每周存疑事件占比"),
                Sentence(
                    f"Between {share(min(known))} and {share(max(known))}.",
                    f"在 {share(min(known))} 到 {share(max(known))} 之间。",
                ),
                Lines(days, [(Sentence("marked", "存疑"), found.weekly)], share=True),
            )
        )
    return charts


def advise(found: Cleaning) -> list[Advice]:
    """Whether the source needs mending."""
    sent = found.stored + found.held
    part = part_of(found.held, sent)
    if part < MANY_HELD:
        return []
    worst = max((rate for rate in found.rules if rate.effect == "held"), key=lambda rate: rate.events, default=None)
    rule = worst.rule if worst else ""
    return [
        Advice(
            "data",
            Sentence(
                f"Look at the quarantine before training: the rule `{rule}` holds the most.",
                f"训练前请先查看隔离区：规则 `{rule}` 拦下的最多。",
            ),
            Sentence(
                f"{count(found.held)} of {count(sent)} events ({share(part)}) are held.",
                f"{count(sent)} 个事件中有 {count(found.held)} 个（{share(part)}）被隔离。",
            ),
        )
    ]


def compare(before: Picture, now: Picture) -> list[Drift]:
    """Events in doubt."""
    counts = [
        [int(each.events["marks"].is_not_null().sum()), int(each.events["marks"].is_null().sum())]
        for each in (before, now)
    ]
    names = [Sentence("marked", "存疑"), Sentence("not marked", "无疑")]
    return [of_counts("marks", Sentence("Events in doubt", "存疑事件"), names, counts[0], counts[1])]


SUBJECT = Subject(
    order=100,
    title=Sentence("What cleaning did", "数据清洗"),
    asks=Sentence("What was repaired, doubted or held, and why?", "修正、存疑、隔离了什么？为什么？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
    compare=compare,
)
