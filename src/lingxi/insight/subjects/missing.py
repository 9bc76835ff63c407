"""What is missing: fields that events and items could say and do not."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from lingxi.domain.event import KINDS
from lingxi.insight.charts import Bars, Chart
from lingxi.insight.picture import Picture
from lingxi.insight.said import Sentence, count, part_of, share
from lingxi.insight.subject import Advice, Subject
from lingxi.ports.survey import FIELDS

EXPECTED = {
    "purchase": ("user", "order", "quantity", "price", "list_price"),
    "search": ("user", "query"),
    "view": ("user",),
    "rate": ("user", "value"),
    "refund": ("user", "order", "price"),
    "impression": ("user", "request", "position", "place"),
}
"""What events of a kind can be expected to say; without a user they belong to their session."""
OF_ITEMS = ("title", "category", "price", "brand")
MANY = 0.2


class Missing(Struct, frozen=True, kw_only=True):
    """`events[kind][field]`: the share of the `counts[kind]` events without the field. `items[field]`: the share of
    posted items without it; `stubs`: items that events name and the shop never posted, of all items."""

    events: dict[str, dict[str, float]]
    counts: dict[str, int]
    items: dict[str, float]
    posted: int
    stubs: int


def measure(picture: Picture) -> Missing:
    """Counts the bits of what was given."""
    bits = [(pl.col("given").and_(1 << place) == 0).mean().alias(name) for place, name in enumerate(FIELDS)]
    rows = picture.events.group_by("kind").agg(pl.len().alias("n"), *bits).sort("n", descending=True)
    posted = picture.items.filter(pl.col("posted"))
    lacks = {
        "title": posted["title"].is_null(),
        "category": posted["category"].is_null(),
        "price": ~posted["priced"],
        "brand": ~posted["branded"],
    }
    return Missing(
        events={
            KINDS[row["kind"]]: {name: round(row[name], 6) for name in FIELDS} for row in rows.iter_rows(named=True)
        },
        counts={KINDS[row["kind"]]: row["n"] for row in rows.iter_rows(named=True)},
        items={name: part_of(int(lacking.sum()), len(posted)) for name, lacking in lacks.items()},
        posted=len(posted),
        stubs=len(picture.items) - len(posted),
    )


def _gaps(found: Missing) -> dict[str, dict[str, float]]:
    """Of the kinds that lack something that is expected of them, the share without each field."""
    shares = {
        kind: {name: found.events[kind][name] for name in EXPECTED[kind]} for kind in EXPECTED if kind in found.events
    }
    return {kind: fields for kind, fields in shares.items() if any(fields.values())}


def read(found: Missing) -> list[Sentence]:
    """The worst gaps."""
    said = []
    for kind, fields in _gaps(found).items():
        lacking = [f"{name} {share(part)}" for name, part in fields.items() if part]
        said.append(
            Sentence(f"Missing in `{kind}`: {', '.join(lacking)}.", f"`{kind}` 事件中缺失：{'，'.join(lacking)}。")
        )
    lacking = [f"{name} {share(part)}" for name, part in found.items.items() if part]
    if lacking:
        said.append(Sentence(f"Missing in items: {', '.join(lacking)}.", f"商品资料中缺失：{'，'.join(lacking)}。"))
    if found.stubs:
        said.append(
            Sentence(
                f"{count(found.stubs)} items are only named by events; they are not recommended until they are posted.",
                f"{count(found.stubs)} 种商品只在事件中出现过，登记之前不会被推荐。",
            )
        )
    return said or [Sentence("Nothing is missing.", "没有缺失。")]


def draw(found: Missing) -> list[Chart]:
    """Purchases and items by field."""
    charts = [
        Chart(
            Sentence(f"Missing in {kind}", f"{kind} 事件缺失字段"),
            Sentence(
                f"Of {count(found.counts[kind])} events, by field.", f"{count(found.counts[kind])} 个事件，按字段统计。"
            ),
            Bars(list(fields.items()), share=True),
        )
        for kind, fields in _gaps(found).items()
    ]
    if found.posted and any(found.items.values()):
        charts.append(
            Chart(
                Sentence("Missing in items", "商品资料缺失字段"),
                Sentence(
                    f"Of {count(found.posted)} posted items, by field.", f"{count(found.posted)} 种商品，按字段统计。"
                ),
                Bars([(name, found.items[name]) for name in OF_ITEMS], share=True),
            )
        )
    return charts


def advise(found: Missing) -> list[Advice]:
    """What is worth completing."""
    lacks = [name for name in OF_ITEMS if found.items.get(name, 0) >= MANY]
    total = found.posted + found.stubs
    advice = []
    if total and found.stubs / total >= MANY:
        part = share(found.stubs / total)
        advice.append(
            Advice(
                "data",
                Sentence(
                    "Post the catalogue: an item without a record is never recommended.",
                    "请登记商品目录：没有资料的商品永远不会被推荐。",
                ),
                Sentence(
                    f"{count(found.stubs)} of {count(total)} items ({part}) are only named by events.",
                    f"{count(total)} 种商品中 {count(found.stubs)} 种（{part}）只在事件中出现。",
                ),
            )
        )
    if lacks:
        names = ", ".join(lacks)
        figures = ", ".join(f"{name} {share(found.items[name])}" for name in lacks)
        advice.append(
            Advice(
                "data",
                Sentence(
                    f"Complete what many items lack: {names}. Categories and prices carry an item that nobody has "
                    "bought yet.",
                    f"请补全许多商品缺少的：{names}。还没人买过的商品，全靠品类和价格。",
                ),
                Sentence(
                    f"Missing in {count(found.posted)} items: {figures}.",
                    f"{count(found.posted)} 种商品中缺失：{figures}。",
                ),
            )
        )
    return advice


SUBJECT = Subject(
    order=90,
    title=Sentence("What is missing", "缺失的数据"),
    asks=Sentence("Which fields are empty?", "哪些字段是空的？"),
    measure=measure,
    read=read,
    draw=draw,
    advise=advise,
)
