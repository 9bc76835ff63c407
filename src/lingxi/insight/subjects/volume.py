"""When things happen: events by day, by hour and weekday, and whether there is enough of them to hold some out."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from lingxi.domain.event import KINDS
from lingxi.insight.charts import Chart, Heat, Lines
from lingxi.insight.drift import Drift, of_counts
from lingxi.insight.picture import DAY, Picture
from lingxi.insight.said import Sentence, count, day_of, part_of, plural, share
from lingxi.insight.subject import Advice, Subject
from lingxi.insight.weeks import days_from, span

WEEKDAYS = (
    *(Sentence("Mon", "周一"), Sentence("Tue", "周二"), Sentence("Wed", "周三"), Sentence("Thu", "周四")),
    *(Sentence("Fri", "周五"), Sentence("Sat", "周六"), Sentence("Sun", "周日")),
)
SHOWN_KINDS = 4
ENOUGH_SHOPPERS = 500
"""With so many shoppers the 95 % interval of a recall around .3 is about ± .04 or narrower."""


class Volume(Struct, frozen=True, kw_only=True):
    """`daily[kind][n]`: events `n` days after `first_day` (ISO); `hours[w][h]`: acts by weekday (0 is Monday) and hour.

    `empty_days` have no event at all. `held_out_purchases`, `held_out_shoppers`: in the last `held_out_days`.
    """

    events: int
    kinds: dict[str, int]
    first_day: str
    days: int
    daily: dict[str, list[int]]
    hours: list[list[int]]
    empty_days: int
    held_out_days: int
    held_out_purchases: int
    held_out_shoppers: int


def measure(picture: Picture) -> Volume:
    """Counts events by day and kind, acts by weekday and hour."""
    events = picture.events
    kinds = events.group_by("kind").len().sort("len", descending=True)
    first, last = span(events)
    days = last - first + 1
    out = picture.purchases.filter(pl.col("at") >= picture.until - picture.about.holdout_days * DAY)
    per_day = events.group_by("day").len()
    return Volume(
        events=len(events),
        kinds={KINDS[kind]: number for kind, number in kinds.iter_rows()},
        first_day=day_of(first),
        days=days,
        daily={KINDS[kind]: _per_day(events.filter(pl.col("kind") == kind), first, days) for kind in kinds["kind"]},
        hours=_hours(picture),
        empty_days=days - len(per_day),
        held_out_days=picture.about.holdout_days,
        held_out_purchases=len(out),
        held_out_shoppers=out["shopper"].n_unique() if len(out) else 0,
    )


def _per_day(events: pl.DataFrame, first: int, days: int) -> list[int]:
    counts = [0] * days
    for day, number in events.group_by("day").len().iter_rows():
        counts[day - first] = number
    return counts


def _hours(picture: Picture) -> list[list[int]]:
    """Acts by weekday and hour."""
    table = [[0] * 24 for _ in range(7)]
    for weekday, hour, number in picture.acts.group_by("weekday", "hour").len().iter_rows():
        table[weekday - 1][hour] = number
    return table


def read(found: Volume) -> list[Sentence]:
    """How much, how steady, when most."""
    if not found.events:
        return [Sentence("There is no event yet.", "还没有任何事件。")]
    daily = found.events / found.days
    said = [
        Sentence(
            f"{count(found.events)} events in {plural(found.days, 'day')}: {count(daily)} a day.",
            f"{found.days} 天内共 {count(found.events)} 个事件，平均每天 {count(daily)} 个。",
        )
    ]
    peak, weekday, hour = max((n, w, h) for w, row in enumerate(found.hours) for h, n in enumerate(row))
    if peak:
        name, part = WEEKDAYS[weekday], share(peak / sum(map(sum, found.hours)))
        said.append(
            Sentence(
                f"Most happens on {name.en} from {hour}:00 to {hour + 1}:00: {part} of a week's acts.",
                f"最忙的是{name.zh} {hour}:00–{hour + 1}:00，占一周行为的 {part}。",
            )
        )
    if found.empty_days:
        said.append(
            Sentence(
                f"{plural(found.empty_days, 'day')} in between without any event: is the export complete?",
                f"其间有 {found.empty_days} 天没有任何事件：导出的数据完整吗？",
            )
        )
    return said


def draw(found: Volume) -> list[Chart]:
    """Events over time, by week when there are many days; and the week by hours."""
    if not found.events:
        return []
    shown = list(found.kinds)[:SHOWN_KINDS]
    step = 7 if found.days > 120 else 1
    whole = found.days // step
    start = found.days - whole * step
    days = days_from(found.first_day, found.days, 1)[start::step]
    series = [
        (kind, [float(sum(found.daily[kind][start + k * step : start + (k + 1) * step])) for k in range(whole)])
        for kind in shown
    ]
    unit = Sentence("week", "周") if step == 7 else Sentence("day", "天")
    totals = [sum(values[k] for _, values in series) for k in range(whole)]
    low, high = (min(totals), max(totals)) if totals else (0, 0)
    over_time = Chart(
        Sentence(f"Events by {unit.en}", f"每{unit.zh}事件数"),
        Sentence(
            f"Between {count(low)} and {count(high)} a {unit.en}.",
            f"每{unit.zh}在 {count(low)} 到 {count(high)} 之间。",
        ),
        Lines(days, series, filled=True),
    )
    return [over_time, _week(found)]


def _week(found: Volume) -> Chart:
    by_day = [sum(row) for row in found.hours]
    total = sum(by_day)
    busiest = max(range(7), key=lambda w: by_day[w])
    part = share(part_of(by_day[busiest], total))
    name = WEEKDAYS[busiest]
    return Chart(
        Sentence("The week by hours", "一周各时段"),
        Sentence(f"{name.en} is the strongest day, with {part} of all acts.", f"{name.zh}最强，占全部行为的 {part}。"),
        Heat(found.hours),
    )


def advise(found: Volume) -> list[Advice]:
    """How the log can be split."""
    if not found.events:
        return [Advice("data", Sentence("Send events first.", "请先发送事件。"), read(found)[0])]
    held = Sentence(
        f"The last {plural(found.held_out_days, 'day')} hold {count(found.held_out_purchases)} purchases "
        f"of {count(found.held_out_shoppers)} shoppers; {max(0, found.days - found.held_out_days)} days lie before.",
        f"最后 {found.held_out_days} 天有 {count(found.held_out_shoppers)} 位顾客的 {count(found.held_out_purchases)} "
        f"次购买，之前还有 {max(0, found.days - found.held_out_days)} 天。",
    )
    if found.days < 3 * found.held_out_days:
        return [
            Advice(
                "split",
                Sentence(
                    f"Too short for a holdout of {plural(found.held_out_days, 'day')}: three of them are needed "
                    "(to fit, to choose, to judge). Set `train.holdout_days` lower, or collect on.",
                    f"数据太短，不足以留出 {found.held_out_days} 天：拟合、选择、评判共需三段。"
                    "请调小 `train.holdout_days`，或继续积累。",
                ),
                held,
            )
        ]
    if found.held_out_shoppers < ENOUGH_SHOPPERS:
        return [
            Advice(
                "split",
                Sentence(
                    "Judge on more days: with so few shoppers the gate's interval is wide. "
                    "Set `train.holdout_days` higher.",
                    "请用更多天来评判：顾客太少，闸门的区间会很宽。可调大 `train.holdout_days`。",
                ),
                held,
            )
        ]
    return [
        Advice(
            "split",
            Sentence(
                f"Split by time and hold out the last {plural(found.held_out_days, 'day')}: enough to judge on.",
                f"按时间划分，留出最后 {found.held_out_days} 天：足以评判一个模型。",
            ),
            held,
        )
    ]


def compare(before: Picture, now: Picture) -> list[Drift]:
    """The mix of kinds, and when shoppers come: each once an hour, for lines of one basket are one observation."""
    kinds = [_bins(each.events, "kind", len(KINDS), 0) for each in (before, now)]
    came = [each.acts.unique(("shopper", "day", "hour")) for each in (before, now)]
    hours = [_bins(each, "hour", 24, 0) for each in came]
    weekdays = [_bins(each, "weekday", 7, 1) for each in came]
    return [
        of_counts("kinds", Sentence("Kinds of events", "事件类型"), list(KINDS), kinds[0], kinds[1]),
        of_counts(
            "hours",
            Sentence("Hours of the day", "一天各小时"),
            [f"{hour}:00" for hour in range(24)],
            hours[0],
            hours[1],
        ),
        of_counts("weekdays", Sentence("Days of the week", "一周各天"), list(WEEKDAYS), weekdays[0], weekdays[1]),
    ]


def _bins(events: pl.DataFrame, column: str, size: int, first: int) -> list[int]:
    counts = [0] * size
    for value, number in events.group_by(column).len().iter_rows():
        counts[value - first] = number
    return counts


SUBJECT = Subject(
    order=10,
    title=Sentence("When things happen", "何时发生"),
    asks=Sentence("How much happens, and at what times?", "有多少事件？都在什么时候？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
    compare=compare,
)
